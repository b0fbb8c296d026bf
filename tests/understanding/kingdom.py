"""A model whose every business word is invented: what is understood here is grammar and catalog, nothing else."""

from __future__ import annotations

from datetime import date
from typing import Final

import yaml

from assistant.understanding.lexicon import Lexicon
from assistant.understanding.time_phrases import Clock
from semantic_layer.binding import bind
from semantic_layer.catalog import Catalog
from semantic_layer.members import Member
from semantic_layer.model import Definitions

_DEFINITIONS: Final = """
version: 1
model: kingdom
datasets:
  ledger:
    source: ledger
    primary_key: [entry_id]
    time: entered_on
  voyages:
    source: voyages
    primary_key: [voyage_id]
    time: sailed_on
    fields:
      cargo: {datatype: String, label: {zh: 货类, en: Cargo}, synonyms: {zh: [舱货], en: [freight]}}
      berth: {datatype: String, label: {zh: 泊位, en: Berth}}
  mariners:
    source: mariners
    primary_key: [mariner_id]
    fields:
      mariner: {datatype: String, label: {zh: 水手, en: Sailor}, synonyms: {zh: [船员], en: [mate]}}
      grade: {datatype: String, label: {zh: 衔级, en: Grade}}
  ports:
    source: ports
    primary_key: [port_id]
    fields:
      realm: {datatype: String, label: {zh: 王国, en: Realm}, synonyms: {zh: [国度], en: [dominion]}}
      port: {datatype: String, label: {zh: 港口, en: Port}, synonyms: {zh: [港], en: [haven]}}
  guilds:
    source: guilds
    primary_key: [guild_id]
    fields:
      guild: {datatype: String, label: {zh: 行会, en: Guild}}
      patron: {datatype: String, label: {zh: 负责人, en: Patron}, synonyms: {zh: [会长], en: [guild manager]}}
  plans:
    source: plans
    primary_key: [guild_id, month]
    time: {field: month, grain: month}
relationships:
  - ledger.voyage_id -> voyages.voyage_id
  - voyages.mariner_id -> mariners.mariner_id
  - voyages.port_id -> ports.port_id
  - voyages.guild_id -> guilds.guild_id
  - plans.guild_id -> guilds.guild_id
  - {from: mariners.port_id, to: ports.port_id, as: birth_port}
hierarchies: {geography: [ports.realm, ports.port]}
metrics:
  florins: {dataset: ledger, agg: sum, expr: amount, label: {zh: 弗罗林, en: Florins}, synonyms: {zh: [进账], en: [takings]},
            unit: CNY, good: up, tier: primary, target: {metric: florin_plan}}
  florin_plan: {dataset: plans, agg: sum, expr: amount, label: {zh: 弗罗林计划, en: Florin plan}, unit: CNY}
  voyages: {dataset: voyages, agg: count, label: {zh: 航次数, en: Voyages}, synonyms: {zh: [航次], en: [voyage count]}, unit: count, good: up, tier: primary}
  sailors: {dataset: voyages, agg: count_distinct, expr: mariner_id, label: {zh: 水手数, en: Sailors}, synonyms: {en: [sailor count]}, unit: count}
  dues: {dataset: ledger, agg: sum, expr: dues, label: {zh: 贡赋, en: Dues}, unit: CNY, good: down}
  dues_rate: {type: ratio, numerator: dues, denominator: florins, label: {zh: 贡赋率, en: Dues rate}, unit: percent, good: down}
  florins_per_voyage: {type: ratio, numerator: florins, denominator: voyages, label: {zh: 每航进账, en: Florins per voyage}, synonyms: {zh: [帆价], en: [keel price]}}
  florins_per_sailor: {type: ratio, numerator: florins, denominator: sailors, label: {zh: 每水手进账, en: Florins per sailor}, synonyms: {zh: [帆价], en: [keel price]}}
"""

_MEMBERS: Final = {
    "ports.realm": {"Velmora": "维尔莫", "Karsk": "卡尔斯克", "Ostrea": "奥斯特雷"},
    "ports.port": {
        "Ostrea": "奥斯特雷",
        "Quillhaven": "羽港",
        "Saltmere": "盐湖湾",
        "Merrow": "梅罗",
    },
    "guilds.guild": {
        "Coopers": "桶匠会",
        "Glaziers": "玻璃匠会",
        "Chandlers of the Lower Quay": "下码头烛匠会",
    },
    "voyages.cargo": {"spice": "香料", "silk": "丝绸", "amber": "琥珀"},
    "mariners.mariner": {"Merrow": "梅罗", "Tobin Ashgrove": "托宾"},
    "voyages.berth": {"IN": "", "OR": ""},
}


def members() -> tuple[Member, ...]:
    """Return the members of the model's fields."""
    return tuple(
        Member(
            field=field,
            value=value,
            labels={"zh": zh, "en": value.capitalize() if value.islower() else value} if zh else {},
        )
        for field, names in _MEMBERS.items()
        for value, zh in names.items()
    )


def catalog() -> Catalog:
    """Return the model, bound without data."""
    return bind(Definitions.model_validate(yaml.safe_load(_DEFINITIONS)))


CATALOG: Final = catalog()
LEXICON: Final = Lexicon.build(CATALOG, members())
CLOCK: Final = Clock(today=date(2026, 8, 20), data_through=date(2026, 8, 19))
