"""Where the sample company sells: regions, cities and its own stores."""

from __future__ import annotations

from typing import NamedTuple


class Region(NamedTuple):
    """A sales region; `share` is its part of the orders, `growth` its yearly growth."""

    name: str
    name_en: str
    share: float
    growth: float


class City(NamedTuple):
    """A city; `region` is a position in `REGIONS`, `weight` its size within the region."""

    region: int
    province: str
    province_en: str
    name: str
    name_en: str
    weight: float


class Store(NamedTuple):
    """One of the company's own stores; `city` is a name in `CITIES`."""

    city: str
    name: str
    name_en: str
    opened_on: str


REGIONS = (
    Region("华东", "East China", 0.31, 0.06),
    Region("华南", "South China", 0.20, 0.09),
    Region("华北", "North China", 0.17, 0.03),
    Region("华中", "Central China", 0.11, 0.06),
    Region("西南", "Southwest China", 0.10, 0.14),
    Region("西北", "Northwest China", 0.05, 0.04),
    Region("东北", "Northeast China", 0.06, -0.06),
)

CITIES = (
    City(0, "上海", "Shanghai", "上海", "Shanghai", 10),
    City(0, "浙江", "Zhejiang", "杭州", "Hangzhou", 7),
    City(0, "浙江", "Zhejiang", "宁波", "Ningbo", 4),
    City(0, "浙江", "Zhejiang", "温州", "Wenzhou", 2),
    City(0, "江苏", "Jiangsu", "南京", "Nanjing", 6),
    City(0, "江苏", "Jiangsu", "苏州", "Suzhou", 6),
    City(0, "江苏", "Jiangsu", "无锡", "Wuxi", 3),
    City(0, "安徽", "Anhui", "合肥", "Hefei", 4),
    City(0, "山东", "Shandong", "青岛", "Qingdao", 4),
    City(0, "山东", "Shandong", "济南", "Jinan", 3),
    City(1, "广东", "Guangdong", "广州", "Guangzhou", 8),
    City(1, "广东", "Guangdong", "深圳", "Shenzhen", 9),
    City(1, "广东", "Guangdong", "东莞", "Dongguan", 4),
    City(1, "广东", "Guangdong", "佛山", "Foshan", 3),
    City(1, "福建", "Fujian", "厦门", "Xiamen", 4),
    City(1, "福建", "Fujian", "福州", "Fuzhou", 3),
    City(1, "广西", "Guangxi", "南宁", "Nanning", 2),
    City(1, "海南", "Hainan", "海口", "Haikou", 1),
    City(2, "北京", "Beijing", "北京", "Beijing", 10),
    City(2, "天津", "Tianjin", "天津", "Tianjin", 4),
    City(2, "河北", "Hebei", "石家庄", "Shijiazhuang", 3),
    City(2, "河北", "Hebei", "唐山", "Tangshan", 1),
    City(2, "山西", "Shanxi", "太原", "Taiyuan", 2),
    City(2, "内蒙古", "Inner Mongolia", "呼和浩特", "Hohhot", 1),
    City(3, "湖北", "Hubei", "武汉", "Wuhan", 7),
    City(3, "湖北", "Hubei", "宜昌", "Yichang", 1),
    City(3, "湖南", "Hunan", "长沙", "Changsha", 5),
    City(3, "河南", "Henan", "郑州", "Zhengzhou", 5),
    City(3, "江西", "Jiangxi", "南昌", "Nanchang", 2),
    City(4, "四川", "Sichuan", "成都", "Chengdu", 8),
    City(4, "四川", "Sichuan", "绵阳", "Mianyang", 1),
    City(4, "重庆", "Chongqing", "重庆", "Chongqing", 6),
    City(4, "云南", "Yunnan", "昆明", "Kunming", 3),
    City(4, "贵州", "Guizhou", "贵阳", "Guiyang", 2),
    City(5, "陕西", "Shaanxi", "西安", "Xi'an", 7),
    City(5, "甘肃", "Gansu", "兰州", "Lanzhou", 2),
    City(5, "新疆", "Xinjiang", "乌鲁木齐", "Urumqi", 2),
    City(5, "宁夏", "Ningxia", "银川", "Yinchuan", 1),
    City(6, "辽宁", "Liaoning", "沈阳", "Shenyang", 5),
    City(6, "辽宁", "Liaoning", "大连", "Dalian", 4),
    City(6, "黑龙江", "Heilongjiang", "哈尔滨", "Harbin", 4),
    City(6, "吉林", "Jilin", "长春", "Changchun", 3),
)

STORES = (
    Store("上海", "上海旗舰店", "Shanghai Flagship", "2018-05-01"),
    Store("上海", "上海浦东店", "Shanghai Pudong", "2020-09-12"),
    Store("杭州", "杭州西湖店", "Hangzhou West Lake", "2019-04-20"),
    Store("宁波", "宁波鄞州店", "Ningbo Yinzhou", "2023-09-23"),
    Store("南京", "南京新街口店", "Nanjing Xinjiekou", "2019-11-08"),
    Store("苏州", "苏州园区店", "Suzhou Park", "2021-03-06"),
    Store("合肥", "合肥政务店", "Hefei Civic Centre", "2024-05-18"),
    Store("青岛", "青岛海湾店", "Qingdao Bay", "2022-07-02"),
    Store("广州", "广州天河店", "Guangzhou Tianhe", "2018-10-01"),
    Store("深圳", "深圳旗舰店", "Shenzhen Flagship", "2018-08-18"),
    Store("深圳", "深圳南山店", "Shenzhen Nanshan", "2021-12-11"),
    Store("厦门", "厦门湖滨店", "Xiamen Lakeside", "2022-04-30"),
    Store("东莞", "东莞南城店", "Dongguan Nancheng", "2025-04-26"),
    Store("北京", "北京旗舰店", "Beijing Flagship", "2018-03-24"),
    Store("北京", "北京望京店", "Beijing Wangjing", "2020-06-13"),
    Store("天津", "天津滨海店", "Tianjin Binhai", "2021-05-15"),
    Store("太原", "太原晋阳店", "Taiyuan Jinyang", "2023-06-10"),
    Store("武汉", "武汉光谷店", "Wuhan Optics Valley", "2019-09-21"),
    Store("长沙", "长沙岳麓店", "Changsha Yuelu", "2021-10-16"),
    Store("郑州", "郑州郑东店", "Zhengzhou Zhengdong", "2022-09-03"),
    Store("成都", "成都高新店", "Chengdu High-Tech", "2019-06-29"),
    Store("成都", "成都春熙店", "Chengdu Chunxi", "2024-09-28"),
    Store("重庆", "重庆江北店", "Chongqing Jiangbei", "2021-07-17"),
    Store("昆明", "昆明翠湖店", "Kunming Green Lake", "2023-04-15"),
    Store("西安", "西安曲江店", "Xi'an Qujiang", "2020-10-24"),
    Store("兰州", "兰州城关店", "Lanzhou Chengguan", "2022-11-19"),
    Store("沈阳", "沈阳浑南店", "Shenyang Hunnan", "2021-04-24"),
    Store("哈尔滨", "哈尔滨道里店", "Harbin Daoli", "2022-12-10"),
)
