-- Every kind of object with a name that has to be quoted: capitals, blanks, quotes, dots, words of SQL, ` on `.
CREATE SCHEMA "S.1 "" on x";
CREATE TABLE "S.1 "" on x"."T.a "" on y" (
  "i.d "" on z" integer GENERATED ALWAYS AS IDENTITY,
  "Ser on.ial" serial,
  "select" varchar(5) CONSTRAINT "c "" on.1" CHECK ("select" IN ('a', 'it''s')),
  other text COLLATE "C" DEFAULT E'back\\slash',
  CONSTRAINT "p.k "" on" PRIMARY KEY ("i.d "" on z"),
  CONSTRAINT "u on k" UNIQUE ("Ser on.ial") WITH (fillfactor = 70)
);
COMMENT ON COLUMN "S.1 "" on x"."T.a "" on y"."i.d "" on z" IS E'two\nlines and a \\ ''quote''';
COMMENT ON CONSTRAINT "c "" on.1" ON "S.1 "" on x"."T.a "" on y" IS 'c';
CREATE INDEX "In.dex "" on a" ON "S.1 "" on x"."T.a "" on y" ("select", lower(other));
CREATE UNIQUE INDEX "Un.ique" ON "S.1 "" on x"."T.a "" on y" ("i.d "" on z", "Ser on.ial");
ALTER TABLE "S.1 "" on x"."T.a "" on y" CLUSTER ON "In.dex "" on a";
ALTER TABLE "S.1 "" on x"."T.a "" on y" REPLICA IDENTITY USING INDEX "Un.ique";
CREATE STATISTICS "S.1 "" on x"."St.at on" ON "select", other FROM "S.1 "" on x"."T.a "" on y";
CREATE DOMAIN "S.1 "" on x"."D.om on a" AS text CONSTRAINT "d on.c" CHECK (VALUE <> ' on ');
COMMENT ON CONSTRAINT "d on.c" ON DOMAIN "S.1 "" on x"."D.om on a" IS 'd';
CREATE TYPE "S.1 "" on x"."E.num" AS ENUM ('A ''on'' b', 'a,b', E'\\');
CREATE TYPE "S.1 "" on x"."Comp on" AS ("a.b" "S.1 "" on x"."E.num", "from" "S.1 "" on x"."D.om on a"[]);
CREATE TYPE "S.1 "" on x"."R.ange" AS RANGE (subtype = integer, multirange_type_name = "S.1 "" on x"."M.ulti");
CREATE FUNCTION "S.1 "" on x"."f.n on"("a.b" "S.1 "" on x"."E.num", OUT "c on" integer) LANGUAGE sql AS $f$select 1 -- $$ $f$;
COMMENT ON FUNCTION "S.1 "" on x"."f.n on"("S.1 "" on x"."E.num") IS 'f';
CREATE PROCEDURE "S.1 "" on x"."p on"() LANGUAGE sql AS '';
CREATE AGGREGATE "S.1 "" on x"."agg on"(integer) (sfunc = int4pl, stype = integer);
CREATE FUNCTION "S.1 "" on x"."tr.g"() RETURNS trigger LANGUAGE plpgsql AS 'begin return new; end';
CREATE TRIGGER "tr on.x" BEFORE INSERT ON "S.1 "" on x"."T.a "" on y" FOR EACH ROW EXECUTE FUNCTION "S.1 "" on x"."tr.g"('a''b');
ALTER TABLE "S.1 "" on x"."T.a "" on y" DISABLE TRIGGER "tr on.x";
COMMENT ON TRIGGER "tr on.x" ON "S.1 "" on x"."T.a "" on y" IS 't';
CREATE RULE "ru on.x" AS ON DELETE TO "S.1 "" on x"."T.a "" on y" DO INSTEAD NOTHING;
COMMENT ON RULE "ru on.x" ON "S.1 "" on x"."T.a "" on y" IS 'r';
CREATE POLICY "po on.x" ON "S.1 "" on x"."T.a "" on y" TO "Odd "" on role" USING ("select" = 'a');
CREATE VIEW "S.1 "" on x"."V.a on" AS SELECT "select" AS "as on.x" FROM "S.1 "" on x"."T.a "" on y";
COMMENT ON COLUMN "S.1 "" on x"."V.a on"."as on.x" IS 'v';
CREATE MATERIALIZED VIEW "S.1 "" on x"."M.v on" AS SELECT * FROM "S.1 "" on x"."V.a on";
CREATE INDEX "m.i on" ON "S.1 "" on x"."M.v on" ("as on.x");
CREATE TABLE "S.1 "" on x"."P.art" ("k.ey on" integer PRIMARY KEY) PARTITION BY RANGE ("k.ey on");
CREATE TABLE "S.1 "" on x"."P.art 1" PARTITION OF "S.1 "" on x"."P.art" FOR VALUES FROM (MINVALUE) TO (10);
CREATE TABLE "S.1 "" on x"."Ch.ild on" (x "S.1 "" on x"."Comp on", FOREIGN KEY ("Ser on.ial") REFERENCES "S.1 "" on x"."P.art")
  INHERITS ("S.1 "" on x"."T.a "" on y");
GRANT SELECT ("select"), UPDATE ON "S.1 "" on x"."T.a "" on y" TO "Odd "" on role";
GRANT EXECUTE ON ROUTINE "S.1 "" on x"."f.n on"("S.1 "" on x"."E.num"), "S.1 "" on x"."p on"(), "S.1 "" on x"."agg on"(integer) TO "Odd "" on role" WITH GRANT OPTION;
GRANT USAGE ON TYPE "S.1 "" on x"."E.num" TO "Odd "" on role";
GRANT ALL ON SCHEMA "S.1 "" on x" TO "Odd "" on role";
ALTER TABLE "S.1 "" on x"."P.art 1" OWNER TO "Odd "" on role";
ALTER DEFAULT PRIVILEGES FOR ROLE "Odd "" on role" IN SCHEMA "S.1 "" on x" REVOKE ALL ON TABLES FROM "Odd "" on role";
ALTER DEFAULT PRIVILEGES FOR ROLE "Odd "" on role" GRANT SELECT ON TABLES TO PUBLIC;
CREATE PUBLICATION "Pub on.x" FOR TABLE "S.1 "" on x"."T.a "" on y" ("i.d "" on z", "Ser on.ial");
CREATE FUNCTION "ev.t"() RETURNS event_trigger LANGUAGE plpgsql AS 'begin end';
CREATE EVENT TRIGGER "Ev on.x" ON ddl_command_end EXECUTE FUNCTION "ev.t"();
