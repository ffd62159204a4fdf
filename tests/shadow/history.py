"""A mall with a history: skewed, correlated and partitioned, large enough that indexes decide about plans."""

SCRIPT = """
SELECT setseed(0.42);
CREATE TABLE customers (
    id bigint PRIMARY KEY, email text NOT NULL, city text NOT NULL, vip boolean NOT NULL, joined date NOT NULL
);
INSERT INTO customers
SELECT n, 'customer' || n || '@mall.example', 'city' || floor(40 * power(random(), 3))::int, n % 50 = 0,
       date '2020-01-01' + (n % 2000)
FROM generate_series(1, 50000) n;
CREATE UNIQUE INDEX customers_email ON customers (email);

CREATE TYPE order_status AS ENUM ('open', 'paid', 'sent', 'done', 'void');
CREATE TABLE orders (
    id bigint PRIMARY KEY, customer_id bigint NOT NULL REFERENCES customers, status order_status NOT NULL,
    total numeric(10, 2) NOT NULL, coupon text, created_at timestamptz NOT NULL
);
INSERT INTO orders
SELECT n, 1 + floor(50000 * power(random(), 2.5))::int,
       (CASE WHEN n % 100 < 2 THEN 'open' WHEN n % 100 < 5 THEN 'paid' WHEN n % 100 < 9 THEN 'sent' WHEN n % 100 < 97 THEN 'done'
             ELSE 'void' END)::order_status,
       round((5 + 500 * power(random(), 4))::numeric, 2), CASE WHEN n % 20 = 0 THEN 'COUPON-' || n % 300 END,
       timestamptz '2025-01-01 00:00+00' + n * interval '2 minutes'
FROM generate_series(1, 200000) n;

CREATE TABLE order_lines (
    order_id bigint NOT NULL REFERENCES orders, position smallint NOT NULL, sku text NOT NULL, quantity integer NOT NULL,
    PRIMARY KEY (order_id, position)
);
INSERT INTO order_lines
SELECT 1 + n % 200000, 1 + n / 200000, 'SKU-' || lpad(floor(8000 * power(random(), 3))::text, 6, '0'), 1 + n % 3
FROM generate_series(0, 199999) n;

CREATE TABLE visits (
    id bigint NOT NULL, customer_id bigint, path text NOT NULL, seen_at timestamptz NOT NULL
) PARTITION BY RANGE (seen_at);
CREATE TABLE visits_q1 PARTITION OF visits FOR VALUES FROM ('2025-01-01 00:00+00') TO ('2025-04-01 00:00+00');
CREATE TABLE visits_q2 PARTITION OF visits FOR VALUES FROM ('2025-04-01 00:00+00') TO ('2025-07-01 00:00+00');
CREATE TABLE visits_q3 PARTITION OF visits FOR VALUES FROM ('2025-07-01 00:00+00') TO ('2025-10-01 00:00+00');
CREATE INDEX visits_seen_at ON visits (seen_at);
INSERT INTO visits
SELECT n, nullif(floor(50000 * power(random(), 2))::int, 0), '/p/' || floor(3000 * power(random(), 3))::int,
       timestamptz '2025-01-01 00:00+00' + n * interval '4 minutes'
FROM generate_series(1, 90000) n;
"""

# Normalized as pg_stat_statements does it.
STATEMENTS = {
    "equality on the key": "SELECT * FROM orders WHERE id = $1",
    "equality without an index": "SELECT id, total FROM orders WHERE customer_id = $1",
    "range": "SELECT count(*) FROM orders WHERE created_at >= $1 AND created_at < $2",
    "join": (
        "SELECT o.id, l.sku FROM customers c JOIN orders o ON o.customer_id = c.id JOIN order_lines l ON l.order_id = o.id "
        "WHERE c.email = $1"
    ),
    "newest orders": "SELECT * FROM orders WHERE customer_id = $1 ORDER BY created_at DESC LIMIT 20",
    "merge of two sorted sides": "SELECT o.id, l.quantity FROM orders o JOIN order_lines l ON l.order_id = o.id ORDER BY o.id",
    "prefix search": "SELECT id FROM customers WHERE email LIKE $1",
    "list": "SELECT * FROM orders WHERE id IN ($1, $2, $3)",
    "array": "SELECT * FROM order_lines WHERE order_id = ANY ($1)",
    "aggregate": "SELECT status, count(*), sum(total) FROM orders GROUP BY status ORDER BY status",
    "aggregate with having": "SELECT sku, sum(quantity) FROM order_lines GROUP BY sku HAVING sum(quantity) > $1",
    "exists": (
        "SELECT c.id FROM customers c WHERE c.vip AND EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id AND o.status = $1)"
    ),
    "null test": "SELECT id FROM orders WHERE coupon IS NOT NULL AND total > $1",
    "pruned partitions": "SELECT path, count(*) FROM visits WHERE seen_at BETWEEN $1 AND $2 GROUP BY path",
    "all partitions": "SELECT * FROM visits WHERE customer_id = $1 ORDER BY seen_at DESC LIMIT 20",
    "update": "UPDATE orders SET status = $1 WHERE id = $2",
    "delete": "DELETE FROM order_lines WHERE order_id = $1",
    "insert": "INSERT INTO customers (id, email, city, vip, joined) VALUES ($1, $2, $3, $4, $5)",
}
