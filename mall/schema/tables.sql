CREATE TABLE users (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    email varchar(120) NOT NULL,
    phone varchar(20) NOT NULL,
    full_name varchar(60) NOT NULL,
    password_hash text NOT NULL,
    user_level smallint NOT NULL DEFAULT 0,
    registered_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE merchants (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_name varchar(80) NOT NULL,
    commission_rate numeric(5,4) NOT NULL DEFAULT 0.05,
    opened_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE categories (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    parent_id bigint REFERENCES categories (id),
    category_label varchar(60) NOT NULL
);
CREATE TABLE products (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    merchant_id bigint NOT NULL REFERENCES merchants (id),
    category_id bigint NOT NULL REFERENCES categories (id),
    title text NOT NULL,
    description text NOT NULL,
    price_cents bigint NOT NULL,
    product_status varchar(12) NOT NULL DEFAULT 'on_sale',
    sold_count bigint NOT NULL DEFAULT 0,
    attributes jsonb NOT NULL DEFAULT '{}',
    listed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE skus (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id),
    sku_label varchar(60) NOT NULL,
    extra_cents bigint NOT NULL DEFAULT 0
);
CREATE TABLE stock (
    sku_id bigint PRIMARY KEY REFERENCES skus (id),
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL DEFAULT 0,
    changed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);
CREATE TABLE carts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    cart_status varchar(12) NOT NULL DEFAULT 'open',
    opened_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE cart_items (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    cart_id bigint NOT NULL REFERENCES carts (id) ON DELETE CASCADE,
    sku_id bigint NOT NULL REFERENCES skus (id),
    quantity integer NOT NULL DEFAULT 1
);
CREATE TABLE coupons (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    coupon_code varchar(24) NOT NULL,
    user_id bigint REFERENCES users (id),
    off_cents bigint NOT NULL,
    used_at timestamptz
);
CREATE TABLE orders (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    merchant_id bigint NOT NULL REFERENCES merchants (id),
    order_status varchar(12) NOT NULL,
    total_cents bigint NOT NULL,
    coupon_id bigint REFERENCES coupons (id),
    shipping_address text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    paid_at timestamptz
);
CREATE TABLE order_lines (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    sku_id bigint NOT NULL REFERENCES skus (id),
    quantity integer NOT NULL,
    line_cents bigint NOT NULL
);
CREATE TABLE payments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    pay_channel varchar(12) NOT NULL,
    pay_status varchar(12) NOT NULL,
    paid_cents bigint NOT NULL,
    started_at timestamptz NOT NULL DEFAULT now(),
    captured_at timestamptz
);
CREATE TABLE shipments (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    carrier varchar(20) NOT NULL,
    tracking_code varchar(40),
    shipped_at timestamptz
);
CREATE TABLE refunds (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    refund_cents bigint NOT NULL,
    refund_reason text NOT NULL,
    refunded_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE commissions (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL REFERENCES orders (id),
    merchant_id bigint NOT NULL REFERENCES merchants (id),
    commission_cents bigint NOT NULL
);
CREATE TABLE reviews (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    product_id bigint NOT NULL REFERENCES products (id),
    user_id bigint NOT NULL REFERENCES users (id),
    stars smallint NOT NULL,
    review_text text NOT NULL,
    reviewed_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE login_log (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    user_id bigint NOT NULL REFERENCES users (id),
    client_ip inet NOT NULL,
    logged_at timestamptz NOT NULL DEFAULT now()
);
CREATE TABLE outbox (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    order_id bigint NOT NULL,
    message_kind varchar(20) NOT NULL,
    sent_at timestamptz
);
