"""What the sample company sells: product lines, categories and products with their life spans."""

from __future__ import annotations

from typing import NamedTuple


class Category(NamedTuple):
    """A category; the weights say how much business buyers and consumers want it."""

    line: str
    line_en: str
    name: str
    name_en: str
    business: float
    consumer: float


class Product(NamedTuple):
    """A product.

    `category` is a position in `CATEGORIES`, `price` the list price in CNY, `cost_share` its cost as a
    share of that price; dates are ISO, `discontinued_on` is empty while the product is sold.
    """

    category: int
    name: str
    name_en: str
    price: int
    cost_share: float
    popularity: float
    launched_on: str
    discontinued_on: str = ""


_HOME = ("智能家居", "Smart Home")
_OFFICE = ("智慧办公", "Smart Office")
_EXTRAS = ("配件服务", "Accessories & Services")

CATEGORIES = (
    Category(*_HOME, "智能照明", "Lighting", 0.5, 1.5),
    Category(*_HOME, "智能安防", "Security", 0.8, 1.3),
    Category(*_HOME, "智能音箱", "Speakers", 0.2, 1.2),
    Category(*_HOME, "环境电器", "Air & Climate", 0.6, 0.8),
    Category(*_HOME, "清洁机器人", "Cleaning Robots", 0.3, 0.9),
    Category(*_OFFICE, "会议设备", "Conferencing", 1.3, 0.15),
    Category(*_OFFICE, "办公显示", "Displays", 1.4, 0.4),
    Category(*_OFFICE, "考勤门禁", "Access Control", 1.2, 0.05),
    Category(*_OFFICE, "打印扫描", "Printing", 0.9, 0.3),
    Category(*_EXTRAS, "配件耗材", "Accessories", 0.7, 1.4),
    Category(*_EXTRAS, "云服务", "Cloud Services", 0.9, 0.4),
)

PRODUCTS = (
    Product(0, "智能灯泡 B1", "Smart Bulb B1", 59, 0.52, 1.2, "2020-03-01", "2024-06-30"),
    Product(0, "智能灯泡 B2", "Smart Bulb B2", 69, 0.50, 1.6, "2023-08-15"),
    Product(0, "智能吸顶灯 C3", "Ceiling Light C3", 399, 0.54, 1.0, "2021-05-10"),
    Product(0, "护眼台灯 D1", "Desk Lamp D1", 269, 0.53, 0.9, "2021-09-01", "2025-03-31"),
    Product(0, "护眼台灯 D2", "Desk Lamp D2", 299, 0.51, 1.2, "2024-09-10"),
    Product(0, "智能灯带 S1", "Light Strip S1", 129, 0.49, 1.0, "2022-04-01"),
    Product(1, "智能门锁 L1", "Smart Lock L1", 1299, 0.57, 0.9, "2020-10-10", "2024-12-31"),
    Product(1, "智能门锁 L2", "Smart Lock L2", 1599, 0.55, 1.2, "2022-10-15"),
    Product(1, "智能门锁 L3 Pro", "Smart Lock L3 Pro", 2299, 0.53, 1.1, "2025-05-20"),
    Product(1, "室内摄像头 V1", "Indoor Camera V1", 199, 0.58, 1.3, "2021-01-15"),
    Product(1, "室外摄像头 V3", "Outdoor Camera V3", 329, 0.56, 0.9, "2023-03-20"),
    Product(1, "可视门铃 R1", "Video Doorbell R1", 459, 0.55, 0.7, "2022-06-01"),
    Product(1, "报警套装 A1", "Alarm Kit A1", 899, 0.54, 0.3, "2021-11-01"),
    Product(2, "智能音箱 M1", "Smart Speaker M1", 249, 0.63, 1.1, "2019-11-01", "2023-12-31"),
    Product(2, "智能音箱 M2", "Smart Speaker M2", 349, 0.61, 1.2, "2023-05-25"),
    Product(2, "智能屏 X8", "Smart Screen X8", 699, 0.62, 0.8, "2022-05-20"),
    Product(2, "智能屏 X10", "Smart Screen X10", 999, 0.60, 0.7, "2025-10-15"),
    Product(3, "空气净化器 P2", "Air Purifier P2", 1199, 0.59, 0.8, "2021-02-20"),
    Product(3, "空气净化器 P3", "Air Purifier P3", 1499, 0.57, 0.7, "2024-10-08"),
    Product(3, "智能加湿器 H1", "Humidifier H1", 329, 0.56, 0.8, "2022-09-15"),
    Product(3, "新风机 F1", "Ventilator F1", 3999, 0.60, 0.2, "2022-03-10"),
    Product(3, "温控器 T1", "Thermostat T1", 459, 0.50, 0.5, "2023-10-20"),
    Product(4, "扫地机器人 G1", "Robot Vacuum G1", 1699, 0.64, 0.7, "2020-08-08", "2024-03-31"),
    Product(4, "扫地机器人 G2", "Robot Vacuum G2", 2199, 0.62, 0.9, "2022-08-18"),
    Product(4, "扫地机器人 G3", "Robot Vacuum G3", 2999, 0.60, 0.8, "2024-05-20"),
    Product(4, "擦窗机器人 W1", "Window Robot W1", 1399, 0.63, 0.3, "2023-09-01", "2025-12-31"),
    Product(4, "洗地机 E1", "Floor Washer E1", 1899, 0.61, 0.5, "2026-03-10"),
    Product(5, "会议摄像头 K1", "Conference Camera K1", 1899, 0.50, 1.0, "2021-04-12"),
    Product(5, "全向麦克风 N1", "Room Microphone N1", 1299, 0.48, 0.9, "2021-04-12"),
    Product(5, "会议平板 65 寸", "Meeting Board 65", 8999, 0.62, 0.4, "2021-07-01"),
    Product(5, "会议平板 86 寸", "Meeting Board 86", 15999, 0.60, 0.2, "2023-02-10"),
    Product(5, "无线投屏器 Z1", "Wireless Presenter Z1", 599, 0.47, 0.9, "2022-01-10"),
    Product(5, "视频会议一体机 Q1", "Video Bar Q1", 4599, 0.51, 0.6, "2025-03-15"),
    Product(6, "27 寸显示器 U1", "Monitor U1 27", 1399, 0.68, 1.0, "2021-06-15", "2025-06-30"),
    Product(6, "27 寸显示器 U2", "Monitor U2 27", 1599, 0.66, 1.1, "2024-03-20"),
    Product(6, "34 寸带鱼屏 U5", "Ultrawide U5 34", 2799, 0.67, 0.5, "2022-11-11"),
    Product(6, "便携屏 U3", "Portable Display U3", 1099, 0.65, 0.5, "2023-07-15"),
    Product(6, "电子门牌 Y1", "Room Sign Y1", 899, 0.52, 0.6, "2022-02-15"),
    Product(7, "人脸考勤机 J1", "Face Terminal J1", 799, 0.49, 1.0, "2020-12-01", "2025-08-31"),
    Product(7, "人脸考勤机 J2", "Face Terminal J2", 999, 0.47, 1.1, "2025-01-10"),
    Product(7, "门禁控制器 O1", "Door Controller O1", 1199, 0.48, 0.7, "2021-08-20"),
    Product(7, "访客终端 I1", "Visitor Kiosk I1", 3299, 0.50, 0.3, "2023-04-18"),
    Product(8, "激光打印机 PR1", "Laser Printer PR1", 1299, 0.70, 0.9, "2020-07-01"),
    Product(8, "多功能一体机 PR5", "Multifunction PR5", 2499, 0.68, 0.6, "2022-07-20"),
    Product(8, "高速扫描仪 SC1", "Fast Scanner SC1", 1999, 0.64, 0.3, "2021-10-10"),
    Product(9, "智能插座 K2", "Smart Plug K2", 49, 0.45, 1.6, "2020-05-05"),
    Product(9, "多模网关 W2", "Multi-mode Hub W2", 229, 0.48, 1.0, "2022-12-12"),
    Product(9, "传感器套装 N2", "Sensor Pack N2", 189, 0.46, 0.9, "2022-12-12"),
    Product(9, "硒鼓 TN1", "Toner TN1", 259, 0.42, 1.0, "2020-07-01"),
    Product(9, "净化器滤芯 FL1", "Purifier Filter FL1", 149, 0.38, 1.1, "2021-02-20"),
    Product(10, "云存储年包", "Cloud Storage Plan", 199, 0.20, 1.0, "2021-01-15"),
    Product(10, "会议云年包", "Meeting Cloud Plan", 1999, 0.22, 0.6, "2022-01-10"),
    Product(10, "设备延保服务", "Extended Warranty", 299, 0.25, 0.8, "2021-06-01"),
)
