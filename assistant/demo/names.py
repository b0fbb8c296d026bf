"""Invented names of people and companies, Chinese and English side by side."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from assistant.demo.calendar_effects import Ints


def _pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Read `字:Latin` pairs separated by blanks; `_` stands for a blank within the Latin part."""
    pairs = (word.split(":") for word in text.split())
    return tuple((name, latin.replace("_", " ")) for name, latin in pairs)


SURNAMES = _pairs(
    "王:Wang 李:Li 张:Zhang 刘:Liu 陈:Chen 杨:Yang 赵:Zhao 黄:Huang 周:Zhou 吴:Wu 徐:Xu 孙:Sun 胡:Hu "
    "朱:Zhu 高:Gao 林:Lin 何:He 郭:Guo 马:Ma 罗:Luo 梁:Liang 宋:Song 郑:Zheng 谢:Xie 韩:Han 唐:Tang "
    "冯:Feng 于:Yu 董:Dong 萧:Xiao 程:Cheng 曹:Cao 袁:Yuan 邓:Deng 许:Xu 傅:Fu 沈:Shen 曾:Zeng 彭:Peng 吕:Lyu"
)
# Staff have surnames of their own, so that a salesperson's name is never also a customer's.
STAFF_SURNAMES = _pairs(
    "顾:Gu 陆:Lu 贺:He 姜:Jiang 范:Fan 姚:Yao 谭:Tan 廖:Liao 邹:Zou 熊:Xiong 戴:Dai 钟:Zhong 汪:Wang "
    "侯:Hou 邵:Shao 孟:Meng 秦:Qin 阎:Yan 薛:Xue 潘:Pan"
)
GIVEN_FIRST = _pairs(
    "明:ming 子:zi 思:si 嘉:jia 雨:yu 晓:xiao 文:wen 俊:jun 梓:zi 佳:jia 志:zhi 雅:ya 浩:hao 诗:shi 建:jian "
    "海:hai 欣:xin 宇:yu 若:ruo 天:tian 一:yi 泽:ze 静:jing 瑞:rui 慧:hui 书:shu 景:jing 安:an 乐:le 可:ke"
)
GIVEN_LAST = _pairs(
    "轩:xuan 涵:han 怡:yi 杰:jie 宁:ning 辰:chen 琪:qi 博:bo 妍:yan 峰:feng 洁:jie 航:hang 蕾:lei 凯:kai "
    "萱:xuan 远:yuan 婷:ting 哲:zhe 岚:lan 睿:rui 彤:tong 鹏:peng 瑶:yao 晨:chen 霖:lin 颖:ying 超:chao "
    "薇:wei 毅:yi 雯:wen"
)
COMPANY_STEMS = _pairs(
    "云栖岭:Yunqiling 望舒:Wangshu 青禾湾:Qinghewan 澄一:Chengyi 鹿鸣谷:Lumingu 星垣:Xingyuan 远汀:Yuanting "
    "禾木川:Hemuchuan 朗境:Langjing 溪岸:Xian 沐川:Muchuan 砚北:Yanbei 知微堂:Zhiweitang 启衡:Qiheng "
    "松间:Songjian 海棠里:Haitangli 叶舟:Yezhou 拾光里:Shiguangli 简山:Jianshan 泊云:Boyun 千屿:Qianyu "
    "听澜阁:Tinglange 苇岸:Weian 逐溪:Zhuxi 半亩:Banmu 光年里:Guangnianli 乔木园:Qiaomuyuan 归野:Guiye "
    "岩芯:Yanxin 云杉岭:Yunshanling 临洲:Linzhou 北辰里:Beichenli 允和:Yunhe 青梧:Qingwu 磐石湾:Panshiwan "
    "棠溪:Tangxi 嘉木:Jiamu 万象川:Wanxiangchuan 明渠:Mingqu 卓屿:Zhuoyu"
)
# Business industries with a company-name ending each; the order is that of `INDUSTRIES`.
INDUSTRIES = _pairs(
    "地产物业:Property 酒店餐饮:Hospitality 教育培训:Education 医疗健康:Healthcare 制造业:Manufacturing "
    "互联网:Internet 金融保险:Finance 商超零售:Retail"
)
COMPANY_ENDINGS = _pairs(
    "物业管理有限公司:Property_Management 酒店管理有限公司:Hotels 教育科技有限公司:Education "
    "健康管理有限公司:Health 智能制造有限公司:Manufacturing 网络科技有限公司:Networks "
    "金融服务有限公司:Financial_Services 商业管理有限公司:Retail_Group"
)
DISTRIBUTION = ("渠道分销", "Distribution")
DISTRIBUTOR_ENDINGS = _pairs(
    "商贸有限公司:Trading 电子经营部:Electronics 科技经销有限公司:Tech_Supply"
)
PUBLIC = ("政府公共", "Public Sector")
PUBLIC_ENDINGS = _pairs(
    "政务服务中心:Civic_Centre 公共图书馆:Public_Library 第一中学:No.1_Middle_School"
)


def column(names: tuple[tuple[str, str], ...], positions: Ints, language: int) -> pa.Array:
    """Return the Chinese (0) or Latin (1) texts at some positions."""
    return pa.array([name[language] for name in names]).take(pa.array(positions))


def join(parts: list[pa.Array], separator: str = "") -> pa.Array:
    """Concatenate texts row by row."""
    return pc.binary_join_element_wise(*parts, separator)


def people(
    count: int, rng: np.random.Generator, surnames: tuple[tuple[str, str], ...] = SURNAMES
) -> tuple[pa.Array, pa.Array]:
    """Draw personal names: Chinese and English; a third have a one-character given name.

    Names repeat, as they do among real people.
    """
    surname = rng.integers(len(surnames), size=count)
    first = rng.integers(len(GIVEN_FIRST), size=count)
    last = rng.integers(len(GIVEN_LAST), size=count)
    is_short = rng.random(count) < 0.33
    middle = column((*GIVEN_FIRST, ("", "")), np.where(is_short, len(GIVEN_FIRST), first), 0)
    latin = column((*GIVEN_FIRST, ("", "")), np.where(is_short, len(GIVEN_FIRST), first), 1)
    chinese = join([column(surnames, surname, 0), middle, column(GIVEN_LAST, last, 0)])
    given = pc.utf8_capitalize(join([latin, column(GIVEN_LAST, last, 1)]))
    return chinese, join([column(surnames, surname, 1), given], " ")
