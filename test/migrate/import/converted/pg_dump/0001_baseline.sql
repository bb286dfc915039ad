--
-- PostgreSQL database dump
--


-- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
-- Dumped by pg_dump version 15.18 (Debian 15.18-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: app; Type: SCHEMA; Schema: -; Owner: -
--

CREATE SCHEMA app;


--
-- Name: kind; Type: TYPE; Schema: app; Owner: -
--

CREATE TYPE app.kind AS ENUM (
    'a',
    'b'
);


--
-- Name: shout(text); Type: FUNCTION; Schema: app; Owner: -
--

CREATE FUNCTION app.shout(t text) RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $$ SELECT upper(t) || '; ' $$;


SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: shops; Type: TABLE; Schema: app; Owner: -
--

CREATE TABLE app.shops (
    id integer NOT NULL,
    name text,
    note text,
    kind app.kind DEFAULT 'a'::app.kind
);


--
-- Name: TABLE shops; Type: COMMENT; Schema: app; Owner: -
--

COMMENT ON TABLE app.shops IS 'where; things are sold';


--
-- Name: loud; Type: VIEW; Schema: app; Owner: -
--

CREATE VIEW app.loud AS
 SELECT shops.id,
    app.shout(shops.name) AS name
   FROM app.shops;


--
-- Name: shops_id_seq; Type: SEQUENCE; Schema: app; Owner: -
--

ALTER TABLE app.shops ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME app.shops_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: visits; Type: TABLE; Schema: app; Owner: -
--

CREATE TABLE app.visits (
    shop_id integer,
    at timestamp with time zone NOT NULL
);


--
-- Data for Name: shops; Type: TABLE DATA; Schema: app; Owner: -
--

COPY app.shops (id, name, note, kind) FROM stdin;
1	Anna's; corner	\N	a
2	Books (used	"new"	a
3	Cafe $$	line\\one\ttab\nnext	a
4	-- no comment	\\.	a
\.


--
-- Data for Name: visits; Type: TABLE DATA; Schema: app; Owner: -
--

COPY app.visits (shop_id, at) FROM stdin;
2	2026-01-01 01:00:00+00
3	2026-01-01 02:00:00+00
4	2026-01-01 03:00:00+00
1	2026-01-01 04:00:00+00
2	2026-01-01 05:00:00+00
3	2026-01-01 06:00:00+00
4	2026-01-01 07:00:00+00
1	2026-01-01 08:00:00+00
2	2026-01-01 09:00:00+00
3	2026-01-01 10:00:00+00
4	2026-01-01 11:00:00+00
1	2026-01-01 12:00:00+00
\.


--
-- Name: shops_id_seq; Type: SEQUENCE SET; Schema: app; Owner: -
--

SELECT pg_catalog.setval('app.shops_id_seq', 4, true);


--
-- Name: shops shops_pkey; Type: CONSTRAINT; Schema: app; Owner: -
--

ALTER TABLE ONLY app.shops
    ADD CONSTRAINT shops_pkey PRIMARY KEY (id);


--
-- Name: shops_name; Type: INDEX; Schema: app; Owner: -
--

CREATE INDEX shops_name ON app.shops USING btree (name);


--
-- Name: visits visits_shop_id_fkey; Type: FK CONSTRAINT; Schema: app; Owner: -
--

ALTER TABLE ONLY app.visits
    ADD CONSTRAINT visits_shop_id_fkey FOREIGN KEY (shop_id) REFERENCES app.shops(id);


--
-- PostgreSQL database dump complete
--
