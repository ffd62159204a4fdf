-- Deterministic: every choice is a hash of the row's number and the seed. `skewed(n, exponent)` is a power law over 1..n.
CREATE FUNCTION pg_temp.dice(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE AS
$$ SELECT (hashint8extended(n, salt + {seed}) & 9007199254740991) / 9007199254740992.0 $$;
INSERT INTO merchants (merchant_name, commission_rate, opened_at)
SELECT (ARRAY['华强','东方','海天','锦绣','明珠','Northwind','Lotus','Evergreen'])[1 + n % 8] || (ARRAY['数码','服饰','家居','食品',' Store'])[1 + n % 5] || n, 0.03 + (n % 5) * 0.01,
       timestamptz '2026-11-01' - n * interval '1 day'
FROM generate_series(1, {merchants}) n;
INSERT INTO categories (parent_id, category_label)
SELECT CASE WHEN n > 10 THEN 1 + n % 10 END, (ARRAY['手机','电脑','女装','男装','家居','食品','图书','运动','美妆','母婴'])[1 + n % 10] || CASE WHEN n > 10 THEN ' ' || n ELSE '' END
FROM generate_series(1, 60) n;
INSERT INTO products (merchant_id, category_id, title, description, price_cents, sold_count, attributes, listed_at)
SELECT 1 + floor({merchants} * pow(pg_temp.dice(n, 1), 2))::bigint, 1 + n % 60,
       (ARRAY['华为手机','小米平板','蓝牙耳机','连衣裙','运动鞋','保温杯','儿童书包','咖啡机','机械键盘','瑜伽垫','羽绒服','电饭煲','口红套装','登山背包','智能手表','雨伞'])[1 + n % 16]
       || ' ' || (ARRAY['Aurora','Bamboo','Cedar','Delta','Ember','Falcon','Ginkgo','Harbor','Indigo','Jasmine','Karst','Lotus'])[1 + (n / 16) % 12]
       || ' ' || (ARRAY['phone','tablet','headset','dress','sneaker','bottle','satchel','espresso','keyboard','yogamat','jacket','cooker','lipstick','backpack','watch','umbrella'])[1 + n % 16] || ' ' || n,
       repeat((ARRAY['正品保证，七天无理由退货。','顺丰包邮，次日送达。','Official store, two years of warranty. ','Free returns within seven days. '])[1 + n % 4], 4),
       900 + floor(pg_temp.dice(n, 2) * 300000)::bigint, floor(20000 * pow(pg_temp.dice(n, 3), 8))::bigint,
       jsonb_build_object('color', (ARRAY['red','blue','black','white'])[1 + n % 4], 'weight', n % 900), timestamptz '2026-11-01' - (n % 700) * interval '1 day'
FROM generate_series(1, {products}) n;
INSERT INTO skus (product_id, sku_label, extra_cents) SELECT n, v, 100 * ordinality FROM generate_series(1, {products}) n, unnest(ARRAY['标准版','豪华版']) WITH ORDINALITY AS k(v, ordinality);
INSERT INTO stock (sku_id, on_hand) SELECT n, 1000000 FROM generate_series(1, 2 * {products}) n;
INSERT INTO users (email, phone, full_name, password_hash, user_level, registered_at)
SELECT 'shopper' || n || '@example.com', '1' || (3000000000 + n)::text, (ARRAY['王','李','张','刘','陈','杨','赵','黄'])[1 + n % 8] || (ARRAY['伟','芳','娜','敏','静','磊','军','洋','勇','艳'])[1 + (n / 8) % 10],
       'pbkdf2_sha256$260000$' || md5((n * 7 + {seed})::text) || '$' || md5((n * 13 + {seed})::text), n % 4, timestamptz '2026-11-01' - (n % 1500) * interval '1 day'
FROM generate_series(1, {users}) n;
INSERT INTO coupons (coupon_code, user_id, off_cents, used_at)
SELECT 'C' || lpad(n::text, 10, '0'), 1 + floor({users} * pg_temp.dice(n, 4))::bigint, 500 * (1 + n % 10), CASE WHEN n % 3 = 0 THEN timestamptz '2026-10-01' END
FROM generate_series(1, {users} / 2) n;
INSERT INTO orders (user_id, merchant_id, order_status, total_cents, coupon_id, shipping_address, placed_at, paid_at)
SELECT 1 + floor({users} * pow(pg_temp.dice(n, 5), 1.6))::bigint, 1 + floor({merchants} * pow(pg_temp.dice(n, 6), 2))::bigint,
       CASE WHEN pg_temp.dice(n, 7) < 0.86 THEN 'completed' WHEN pg_temp.dice(n, 7) < 0.92 THEN 'shipped' WHEN pg_temp.dice(n, 7) < 0.96 THEN 'paid' WHEN pg_temp.dice(n, 7) < 0.98 THEN 'refunded' ELSE 'unpaid' END,
       1000 + floor(pg_temp.dice(n, 8) * 500000)::bigint, CASE WHEN n % 20 = 0 THEN 1 + n % ({users} / 2) END,
       '浙江省杭州市西湖区文三路' || n % 900 || '号 ' || n % 40 || '幢 ' || n % 9 || '单元，收件人请电话联系后送货上门',
       t, CASE WHEN pg_temp.dice(n, 7) < 0.98 THEN t + interval '90 seconds' END
FROM generate_series(1, {orders}) n,
     LATERAL (SELECT timestamptz '2026-11-01 22:00' - (500 * pow(1 - n / {orders}::float8, 1.3)) * interval '1 day' - (pg_temp.dice(n, 9) * 16) * interval '1 hour' AS t) k;
INSERT INTO order_lines (order_id, sku_id, quantity, line_cents)
SELECT n, 1 + floor(2 * {products} * pow(pg_temp.dice(n * 3 + k, 10), 3))::bigint, 1 + n % 3, 1000 + n % 90000 FROM generate_series(1, {orders}) n, generate_series(1, 1 + (n % 2)::int) k;
INSERT INTO payments (order_id, pay_channel, pay_status, paid_cents, started_at, captured_at)
SELECT id, CASE WHEN id % 5 < 3 THEN 'wechat' ELSE 'alipay' END, CASE WHEN paid_at IS NULL THEN 'failed' ELSE 'captured' END, total_cents, placed_at, paid_at FROM orders;
INSERT INTO shipments (order_id, carrier, tracking_code, shipped_at)
SELECT id, (ARRAY['SF','YTO','ZTO','EMS'])[1 + id % 4], 'SF' || 100000000 + id, paid_at + interval '9 hours' FROM orders WHERE order_status IN ('completed', 'shipped') AND id % 2 = 0;
INSERT INTO refunds (order_id, refund_cents, refund_reason, refunded_at) SELECT id, total_cents, '不喜欢/效果不好', placed_at + interval '4 days' FROM orders WHERE order_status = 'refunded';
INSERT INTO commissions (order_id, merchant_id, commission_cents) SELECT o.id, o.merchant_id, round(o.total_cents * m.commission_rate)::bigint FROM orders o JOIN merchants m ON m.id = o.merchant_id WHERE o.order_status = 'completed' AND o.id % 2 = 0;
INSERT INTO reviews (product_id, user_id, stars, review_text, reviewed_at)
SELECT 1 + floor({products} * pow(pg_temp.dice(n, 11), 3))::bigint, 1 + floor({users} * pg_temp.dice(n, 12))::bigint, 1 + (n % 5)::smallint, '质量很好，物流很快。Fits well, would buy again.', timestamptz '2026-11-01' - (n % 400) * interval '1 day'
FROM generate_series(1, {orders} / 3) n;
INSERT INTO login_log (user_id, client_ip, logged_at)
SELECT 1 + floor({users} * pow(pg_temp.dice(n, 13), 1.6))::bigint, ('10.' || n % 200 || '.' || n % 250 || '.' || n % 251)::inet, timestamptz '2026-11-01' - n * interval '20 seconds' FROM generate_series(1, {orders}) n;
