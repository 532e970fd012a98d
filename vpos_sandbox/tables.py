"""The tables of the sandbox's storage. Moments are milliseconds since 1970 in UTC, amounts are minor units."""

TABLES = """
CREATE TABLE IF NOT EXISTS merchants (
    login TEXT PRIMARY KEY,
    client_id TEXT,
    password TEXT,
    profile TEXT NOT NULL,
    options TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS clock (
    login TEXT PRIMARY KEY,  -- '' is the clock of the whole sandbox
    offset_ms INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL,
    login TEXT NOT NULL,
    account TEXT NOT NULL,  -- what order numbers are unique in: ClientID at Ameriabank, the login at ArCa
    order_number TEXT NOT NULL,
    provider_ref TEXT NOT NULL UNIQUE,
    md_order TEXT NOT NULL,
    shop TEXT NOT NULL,
    amount_minor INTEGER NOT NULL,
    currency TEXT NOT NULL,
    description TEXT NOT NULL,
    opaque TEXT NOT NULL,
    return_url TEXT NOT NULL,
    language TEXT NOT NULL,
    client_ref TEXT NOT NULL,
    json_params TEXT NOT NULL,
    callback_url TEXT NOT NULL,
    two_stage INTEGER NOT NULL,
    session_seconds INTEGER NOT NULL,
    registered_at_ms INTEGER NOT NULL,
    session_started_at_ms INTEGER NOT NULL,
    status INTEGER NOT NULL DEFAULT 0,
    action_code INTEGER NOT NULL DEFAULT -100,
    attempts INTEGER NOT NULL DEFAULT 0,
    opened_at_ms INTEGER,
    paid_at_ms INTEGER,
    payer_ip TEXT NOT NULL DEFAULT '',
    approval_code TEXT NOT NULL DEFAULT '',
    approved_minor INTEGER NOT NULL DEFAULT 0,
    deposited_minor INTEGER NOT NULL DEFAULT 0,
    refunded_minor INTEGER NOT NULL DEFAULT 0,
    reverse_tried INTEGER NOT NULL DEFAULT 0,
    UNIQUE (family, account, order_number)
);
CREATE INDEX IF NOT EXISTS orders_by_login ON orders (login, order_number);
CREATE INDEX IF NOT EXISTS orders_on_the_page ON orders (session_started_at_ms)
    WHERE status IN (0, 5) AND opened_at_ms IS NOT NULL;
CREATE TABLE IF NOT EXISTS refunds (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    amount_minor INTEGER NOT NULL,
    at_ms INTEGER NOT NULL,
    source TEXT NOT NULL  -- 'merchant' through the API, 'cabinet' by the bank's staff
);
CREATE INDEX IF NOT EXISTS refunds_by_order ON refunds (order_id);
CREATE TABLE IF NOT EXISTS history (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    at_ms INTEGER NOT NULL,
    what TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS history_by_order ON history (order_id);
CREATE TABLE IF NOT EXISTS faults (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    login TEXT,
    order_number TEXT,
    operation TEXT,
    kind TEXT NOT NULL,
    stage TEXT NOT NULL,
    params TEXT NOT NULL,
    times INTEGER,  -- NULL is for ever
    used INTEGER NOT NULL DEFAULT 0,
    position INTEGER NOT NULL
);
CREATE TABLE IF NOT EXISTS calls (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_ms INTEGER NOT NULL,
    family TEXT NOT NULL,
    operation TEXT NOT NULL,
    act TEXT NOT NULL,
    login TEXT NOT NULL,
    client_id TEXT NOT NULL,
    order_id INTEGER,
    order_number TEXT NOT NULL,
    fault TEXT NOT NULL,
    status INTEGER NOT NULL,
    request TEXT NOT NULL,
    answer TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS calls_by_login ON calls (login, order_number);
CREATE INDEX IF NOT EXISTS calls_by_order ON calls (order_id);
CREATE TABLE IF NOT EXISTS callbacks (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    order_id INTEGER NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    login TEXT NOT NULL,
    operation TEXT NOT NULL,
    url TEXT NOT NULL,
    method TEXT NOT NULL,
    params TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at_ms INTEGER NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    last_answer TEXT NOT NULL DEFAULT ''
);
CREATE INDEX IF NOT EXISTS callbacks_by_order ON callbacks (order_id);
CREATE INDEX IF NOT EXISTS callbacks_in_work ON callbacks (due_at_ms) WHERE state IN ('waiting', 'sending');
"""
