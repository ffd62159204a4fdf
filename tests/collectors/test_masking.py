"""Personal values become pseudonyms, and what advice rests on (equality, order, shape, wildcards) stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collectors.masking.columns import Kind, TypeNames, classify, is_personal_name
from collectors.masking.literals import mask_literals, shape
from collectors.masking.statistics import array_elements, mask_statistics, pseudonyms
from collectors.masking.words import key_pattern, refine, tag_pattern
from facts.schema import ColumnStatistics, Definition

LOWER_CASE = st.text("abcdefghijklmnopqrstuvwxyz0123456789", min_size=1, max_size=12)


def statistics(
    column: str, *, oid: int = 1, common: tuple[str, ...] | None = None, histogram: tuple[str, ...] | None = None
) -> ColumnStatistics:
    return ColumnStatistics(
        table_oid=oid,
        column=column,
        inherited=False,
        null_ratio=0.1,
        average_width=12,
        distinct=-1,
        common_values=common,
        common_ratios=tuple(1 / (place + 2) for place in range(len(common))) if common else None,
        histogram=histogram,
        correlation=0.5,
        common_elements=None,
        common_element_ratios=None,
        element_count_histogram=None,
        masked=False,
    )


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("SELECT 'Alice' , $1", "SELECT 'xxxxx' , $1"),
        ("name = 'O''Brien' AND x = 'y'", "name = 'x''xxxxx' AND x = 'x'"),
        ("name LIKE '%张三_'", "name LIKE '%某某_'"),
        ("mail = 'li.lei@shop.cn'", "mail = 'xx.xxx@xxxx.xx'"),
        ("phone = 13800138000 LIMIT 20", "phone = 10000000000 LIMIT 20"),
        ("body = $$Dear Alice$$", "body = 'xxxx xxxxx'"),
        ("body = $b$Dear Alice$b$ AND n = 1", "body = 'xxxx xxxxx' AND n = 1"),
        ("cut = 'Ali", "cut = 'xxx'"),
        ("cut = $$Ali", "cut = 'xxx'"),
        ("key = B'0101' AND raw = X'BEEF'", "key = B'0000' AND raw = X'xxxx'"),
        ("at > '2026-11-11 00:00:00+08'", "at > '2026-11-11 00:00:00+08'"),
        ("at > now() - interval '7 days'", "at > now() - interval '7 days'"),
        ("at = '2026-11-11 Alice'", "at = '0000-00-00 xxxxx'"),
        ("face = '🙂 Ann'", "face = '· xxx'"),
        ('"Quoted Name" = $2', '"Quoted Name" = $2'),
        ("t123456789 = $1", "t123456789 = $1"),
    ],
)
def test_a_literal_keeps_its_shape_and_loses_its_content(text: str, masked: str) -> None:
    assert mask_literals(text) == masked


@given(st.text(min_size=1).filter(lambda value: "\x00" not in value))
def test_nothing_of_any_quoted_value_is_left(value: str) -> None:
    quoted = value.replace("'", "''")
    masked = mask_literals(f"SELECT 1 WHERE a = '{quoted}' AND b = 'Bob'")
    assert masked == f"SELECT 1 WHERE a = '{shape(quoted)}' AND b = 'xxx'"
    assert not any(character.isalpha() and character not in "x某" for character in shape(value))


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(r"COMMENT ON TABLE t IS E'O\'Brien'", id="a backslash escapes a quote in E''"),
        pytest.param("SELECT \"o'clock\" FROM t WHERE name = 'Brien'", id="an identifier holds a quote"),
        pytest.param("SELECT $t1$Mr Brien$t1$", id="a dollar tag holds a digit"),
        pytest.param("SELECT $标$Mr Brien$标$", id="a dollar tag is Chinese"),
        pytest.param("SELECT 1 -- it's\nWHERE name = 'Brien'", id="a comment holds a quote"),
        pytest.param("SELECT 1 /* it's /* nested */ */ WHERE name = 'Brien'", id="a comment in a comment"),
        pytest.param("SELECT /* asked by Brien */ 1", id="a comment tells"),
        pytest.param(r"SELECT 'C:\', 'Brien'", id="a backslash escapes nothing in ''"),
        pytest.param("SELECT a$t$ FROM t WHERE name = 'Brien' AND b = '$t$'", id="a dollar within a name"),
    ],
)
def test_no_trick_of_the_lexer_leaves_a_value(text: str) -> None:
    assert "Brien" not in mask_literals(text)


@pytest.mark.parametrize("number", ["13800138000.0", "13_800_138_000"])
def test_a_long_number_is_masked_however_it_is_written(number: str) -> None:
    assert "138" not in mask_literals(f"SELECT * FROM users WHERE phone = {number}")


@pytest.mark.parametrize(
    "name",
    [
        *("name", "user_name", "userName", "email", "contact_email", "phone", "mobile2", "receiver_name", "address"),
        *("id_card", "idCardNo", "bank_card", "birthday", "client_ip", "wechat_openid", "password_hash", "session_id"),
        *("shouji", "xingming", "收货人", "手机号", "用户姓名", "zip", "token"),
    ],
)
def test_a_column_is_recognized_by_its_name(name: str) -> None:
    assert is_personal_name(name)


@pytest.mark.parametrize("name", ["status", "title", "price", "order_id", "created_at", "category", "状态", "sku", "n"])
def test_a_harmless_name_is_left_alone(name: str) -> None:
    assert not is_personal_name(name)


@pytest.mark.parametrize(
    ("column", "type_name", "distinct", "values", "kind"),
    [
        ("state", "text", 3, ["new", "paid"], Kind.KEEP),
        ("state", "character varying(20)", 50, ["new"], Kind.KEEP),
        ("state", "text", 51, ["new"], Kind.PSEUDONYM),
        ("state", "text", -0.5, ["new"], Kind.PSEUDONYM),
        ("remark", "text", 3, ["call me"], Kind.PSEUDONYM),
        ("remark", "text", 3, ["13800138000"], Kind.PSEUDONYM),
        ("nickname", "text", 3, ["ann"], Kind.PSEUDONYM),
        ("tags", "text[]", -1, ["red"], Kind.PSEUDONYM),
        ("state", "sales.order_state", 3, ["new"], Kind.KEEP),
        ("price", "numeric(10,2)", -1, ["9.99"], Kind.KEEP),
        ("phone", "bigint", -1, ["13800138000"], Kind.NUMBER),
        ("placed_at", "timestamp with time zone", -1, ["2026-11-11"], Kind.KEEP),
        ("birthday", "date", -1, ["1990-01-01"], Kind.DROP),
        ("seen", "inet", -1, ["10.0.0.1"], Kind.DROP),
        ("profile", "jsonb", -1, ["{}"], Kind.DROP),
    ],
)
def test_a_columns_values_decide_with_its_name(
    column: str, type_name: str, distinct: float, values: list[str], kind: Kind
) -> None:
    assert classify(column, type_name, distinct, values) is kind


@pytest.mark.parametrize(
    ("type_name", "value"), [("public.remark", "call Ann at home"), ("extensions.citext", "call Ann at home")]
)
def test_free_text_in_a_type_of_the_mall_is_masked(type_name: str, value: str) -> None:
    assert classify("remark", type_name, -1, [value]) is not Kind.KEEP


def test_a_number_that_looks_like_a_phone_is_masked_in_any_column() -> None:
    assert classify("reachable_at", "bigint", -1, ["13800138000", "13900139000"]) is not Kind.KEEP


@given(st.sets(LOWER_CASE, max_size=60))
def test_pseudonyms_keep_order_and_equality(values: set[str]) -> None:
    names = pseudonyms(values)
    assert set(names) == values
    assert len(set(names.values())) == len(values)
    assert sorted(values) == sorted(values, key=lambda value: names[value])


def test_equal_values_of_two_columns_get_one_pseudonym_and_unequal_ones_do_not() -> None:
    users = statistics("email", oid=1, histogram=("ann@x.cn", "bob@x.cn", "zoe@x.cn"))
    orders = statistics("buyer_email", oid=2, common=("zoe@x.cn", "ann@x.cn"))
    masked = mask_statistics([users, orders], {(1, "email"): "text", (2, "buyer_email"): "text"})
    assert masked[0].histogram is not None
    assert masked[1].common_values is not None
    assert len(set(masked[0].histogram)) == 3
    assert masked[1].common_values == (masked[0].histogram[2], masked[0].histogram[0])
    assert masked[1].common_ratios == orders.common_ratios
    assert all(each.masked for each in masked)
    assert "x.cn" not in repr(masked)


def test_personal_numbers_keep_their_order() -> None:
    phones = ("13900139000", "9990001", "13800138000")
    (masked,) = mask_statistics([statistics("phone", histogram=phones)], {(1, "phone"): "bigint"})
    assert masked.histogram is not None
    ranks = [int(value) for value in masked.histogram]
    assert ranks[1] < ranks[2] < ranks[0]
    assert not set(masked.histogram) & set(phones)


def test_what_cannot_hold_a_pseudonym_is_dropped_and_its_other_figures_stay() -> None:
    read = statistics("client_ip", common=("10.0.0.1",), histogram=("10.0.0.2",))
    (masked,) = mask_statistics([read], {(1, "client_ip"): "inet"})
    assert (masked.common_values, masked.common_ratios, masked.histogram) == (None, None, None)
    assert (masked.distinct, masked.null_ratio, masked.average_width) == (-1, 0.1, 12)


def test_status_words_stay_as_they_are() -> None:
    read = statistics("level", common=("1", "2"))
    assert mask_statistics([read], {(1, "level"): "integer"}) == (read,)


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("product:12", "product:{number}"),
        ("session:9f86d081884c7d65", "session:{hex}"),
        ("session:550e8400-e29b-41d4-a716-446655440000", "session:{uuid}"),
        ("user:li.lei@shop.cn:cart", "user:{email}:cart"),
        ("rate:203.0.113.7", "rate:{ip}"),
        ("search:红色 连衣裙", "search:{text}"),
        ("张三", "{text}"),
        ("sms:13800138000", "sms:{hex}"),
        ("stock", "stock"),
        ("home/banner", "home/banner"),
    ],
)
def test_a_key_becomes_its_pattern(key: str, pattern: str) -> None:
    assert key_pattern(key) == pattern


@pytest.mark.parametrize(
    ("key", "pattern"),
    [
        ("recommendations:all", "recommendations:all"),
        ("home:categories", "home:categories"),
        ("spring:session:sessions:expires:9f86d081884c7d65", "spring:session:sessions:expires:{hex}"),
        ("bull:emails:wait", "bull:emails:wait"),
        ("flash_sale_stock:7", "flash_sale_stock:{number}"),
        ("userCart:7", "userCart:{number}"),
        ("cart:zhangsan", "cart:{text}"),
        ("cart_zhangsan", "cart_{text}"),
        ("cart/li.lei", "cart/{text}"),
        ("user:{1000}:cart", "user:{{number}}:cart"),
        ("a" * 10_000, "{text}"),
    ],
)
def test_a_later_word_of_a_key_stays_where_it_is_of_the_trade(key: str, pattern: str) -> None:
    assert key_pattern(key) == pattern


@pytest.mark.parametrize(
    ("route", "pattern"),
    [
        *(
            (route, route)
            for route in ("/", "/p/{product}", "/orders/<int:id>/edit", "/orders/:id(.:format)", "/api/v1/cart")
        ),
        ("^orders/(?P<id>[^/]+)/$", "^orders/(?P<id>[^/]+)/$"),
        ("GET /p/{id}?q=zhang", "GET /p/{id}?q"),
        ("/u/li.lei@shop.cn", "/u/{id}"),
        ("/u/li.lei", "/u/{id}"),
        ("/张三/orders", "/{id}/orders"),
        ("/p/123", "/p/{id}"),
    ],
)
def test_a_route_keeps_its_own_variables_and_no_value(route: str, pattern: str) -> None:
    assert tag_pattern("route", route) == pattern


def test_another_tag_is_a_programs_name_or_nothing() -> None:
    assert tag_pattern("controller", "Api::V1::OrdersController") == "Api::V1::OrdersController"
    assert tag_pattern("framework", "django:4.2.1") == "django:4.2.1"
    assert tag_pattern("action", "li.lei@shop.cn") == "{text}"


def test_a_type_of_the_mall_is_what_it_is_made_of() -> None:
    names = TypeNames(
        [
            Definition(kind="enum", schema="sales", name="state", ddl="CREATE TYPE sales.state AS ENUM ('it''s lost')"),
            Definition(kind="domain", schema="public", name="note", ddl="CREATE DOMAIN public.note AS text NOT NULL"),
            Definition(
                kind="domain", schema="public", name="Remark", ddl='CREATE DOMAIN public."Remark" AS public.note'
            ),
        ]
    )
    assert names.resolve('public."Remark"') == "text"
    assert names.resolve("public.note[]") == "text[]"
    assert names.resolve("integer") == "integer"
    assert classify("state", names.resolve("sales.state"), 2, ["it's lost"]) is Kind.KEEP
    assert classify("remark", names.resolve('public."Remark"'), -1, ["call Ann"]) is Kind.PSEUDONYM


@pytest.mark.parametrize("values", [["13800138000", "20", "30"], ["120", "9900"], []])
def test_numbers_of_which_few_look_like_phones_stay(values: list[str]) -> None:
    assert classify("total_cents", "bigint", -1, values) is Kind.KEEP


@pytest.mark.parametrize(
    ("literal", "elements"),
    [
        ("{}", ()),
        ("{a,b}", ("a", "b")),
        ('{"for Ann",NULL,"NULL"}', ("for Ann", None, "NULL")),
        (r'{"a\"b","\\"}', ('a"b', "\\")),
        ("{{a},{b}}", None),
        ("[0:1]={a,b}", None),
        ("{a,}", None),
        ("a", None),
    ],
)
def test_an_array_is_read_as_the_server_writes_it(literal: str, elements: tuple[str | None, ...] | None) -> None:
    assert array_elements(literal) == elements


def test_arrays_are_masked_element_by_element_and_what_is_not_understood_is_dropped() -> None:
    types = {(1, "labels"): "text[]", (2, "labels"): "text[]"}
    plain = statistics("labels", common=('{"for Ann",red}', "{NULL,red}"), histogram=("{Bob}", "{Ann,Zoe}"))
    nested = statistics("labels", oid=2, common=("{{for Ann}}",), histogram=("{{Bob}}",))
    one, two = mask_statistics([plain, nested], types)
    assert one.common_values is not None
    first, second = ((array_elements(value) or ()) for value in one.common_values)
    assert first[1] == second[1]
    assert second[0] is None
    assert one.histogram is not None
    assert len(one.histogram) == 2
    assert (two.common_values, two.common_ratios, two.histogram) == (None, None, None)
    assert not [name for name in ("Ann", "Bob", "Zoe") if name in repr((one, two))]


def test_a_last_word_that_takes_many_values_is_somebodys_input() -> None:
    keys = {f"cart:{name}": f"cart:{name}" for name in "ann bob cai dan eve fay gus hal ivy".split()}
    keys |= {"page:home": "page:home", "page:sale": "page:sale"}
    refined = refine(dict.fromkeys(keys.values(), 1), keys)
    assert refined["cart:ann"] == "cart:{text}"
    assert refined["page:home"] == "page:home"


@pytest.mark.parametrize("key", ["user:{张三}:cart", "address:张三路27号", "order-张三-12", "{lei 张三}"])
def test_a_hash_tag_or_a_placeholder_does_not_shelter_its_neighbours(key: str) -> None:
    assert "张三" not in key_pattern(key)


def test_a_few_names_are_masked_like_many() -> None:
    keys = {f"cart:{name}": key_pattern(f"cart:{name}") for name in ("zhangsan", "lisi")}
    assert "zhangsan" not in repr(refine(dict.fromkeys(keys.values(), 1), keys).values())
