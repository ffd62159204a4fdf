-- A little shop with enough rows that an index pays: the ground on which statements are asked what index they want.
CREATE TABLE customers (
    id bigint PRIMARY KEY, email text NOT NULL, name text NOT NULL, city text NOT NULL, joined_at timestamptz NOT NULL, deleted_at timestamptz
);
INSERT INTO customers
SELECT n, 'User' || n || '@Example.com', '顾客' || n % 5000, 'city' || n % 300, timestamptz '2024-01-01' + n * interval '9 minutes',
    CASE WHEN n % 50 = 0 THEN timestamptz '2026-01-01' END
FROM generate_series(1, 100000) n;
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL, shop_id integer NOT NULL, status text NOT NULL, amount numeric(12, 2) NOT NULL,
    created_at timestamptz NOT NULL, paid_at timestamptz, note text NOT NULL, attributes jsonb NOT NULL
);
INSERT INTO orders
SELECT n, hashint8(n) % 50000 + 50000, n % 2000, (ARRAY['done', 'done', 'done', 'done', 'done', 'done', 'done', 'paid', 'new', 'refused'])[n % 10 + 1],
    hashint4(n::int) % 100000 / 100.0 + 1000, timestamptz '2024-01-01' + n * interval '3 minutes', CASE WHEN n % 20 > 0 THEN timestamptz '2024-01-01' + n * interval '4 minutes' END,
    repeat('note ', 8) || n, jsonb_build_object('channel', n % 40, 'coupon', n % 7000)
FROM generate_series(1, 300000) n;
CREATE TABLE order_lines (
    order_id bigint NOT NULL, line_number integer NOT NULL, sku_id bigint NOT NULL, quantity integer NOT NULL, note text NOT NULL,
    PRIMARY KEY (order_id, line_number)
);
INSERT INTO order_lines
SELECT n / 2, n % 2, hashint8(n) % 10000 + 10000, n % 5 + 1, repeat('x', 30) FROM generate_series(2, 600000) n;
CREATE TABLE visits (id bigint NOT NULL, customer_id bigint NOT NULL, page text NOT NULL, seen_at timestamptz NOT NULL) PARTITION BY RANGE (seen_at);
CREATE TABLE visits_2026_10 PARTITION OF visits FOR VALUES FROM ('2026-10-01') TO ('2026-11-01');
CREATE TABLE visits_2026_11 PARTITION OF visits FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
INSERT INTO visits
SELECT n, hashint8(n) % 20000 + 20000, '/p/' || n % 500, timestamptz '2026-10-01' + n * interval '20 seconds' FROM generate_series(1, 240000) n;
CREATE TABLE "Order Items" (id bigint PRIMARY KEY, "OrderId" bigint NOT NULL, "order" integer NOT NULL, payload text NOT NULL);
INSERT INTO "Order Items" SELECT n, hashint8(n) % 30000, n % 9, repeat('y', 60) FROM generate_series(1, 120000) n;
CREATE TABLE 库存 (编号 bigint PRIMARY KEY, 仓库 integer NOT NULL, 数量 integer NOT NULL, 备注 text NOT NULL);
INSERT INTO 库存 SELECT n, n % 3000, n % 77, repeat('备注', 10) FROM generate_series(1, 120000) n;
CREATE SCHEMA archive;
CREATE TABLE archive.orders (id bigint PRIMARY KEY, customer_id bigint NOT NULL, total numeric NOT NULL, filler text NOT NULL);
INSERT INTO archive.orders SELECT n, hashint8(n) % 30000, n, repeat('z', 60) FROM generate_series(1, 120000) n;
CREATE TABLE access_log (id bigint NOT NULL, seen_at timestamptz NOT NULL, amount integer NOT NULL, labels text[] NOT NULL, line text NOT NULL);
INSERT INTO access_log
SELECT n, timestamptz '2026-01-01' + n * interval '2 seconds', n % 97, ARRAY['label' || n % 3000, 'label' || n % 11], repeat('log line ', 6) || n
FROM generate_series(1, 300000) n;
CREATE TABLE settings (name text PRIMARY KEY, value text NOT NULL);
INSERT INTO settings SELECT 'name' || n, 'value' FROM generate_series(1, 50) n;
CREATE VIEW all_orders AS SELECT id, customer_id, amount AS total FROM orders UNION ALL SELECT id, customer_id, total FROM archive.orders;
CREATE VIEW recent_orders AS SELECT o.id, o.shop_id AS shop, o.created_at AS moment, o.paid_at FROM orders o;
CREATE VIEW paid_orders AS SELECT id, shop, moment FROM recent_orders WHERE paid_at IS NOT NULL;
CREATE VIEW sales AS SELECT shop_id, count(*) AS sold FROM orders GROUP BY shop_id;
