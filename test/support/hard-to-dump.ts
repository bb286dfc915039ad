/** What is hard to read in a dump: bodies with semicolons, values that look like SQL and like the end of the data. */
export const HARD_TO_DUMP = `
  create type mood as enum ('a;b', 'it''s');
  create table shops (id int primary key generated always as identity, name text, note text, "select;" bytea);
  create table empty_one (a int);
  insert into shops (name, note, "select;") values
    ('Anna''s corner; open late', null, '\\x00ff'), ('Books (used', E'"new"\\t\\\\.', null), ('Cafe $$', E'line\\n\\\\.\\none', null),
    (E'\\\\.', '-- migrate:down', null), ('/* Zoë', E'\\r\\n', null);
  create view named as select name from shops where name <> ';';
  create function twice(n int) returns int language sql begin atomic select n; select case when n > 0 then n * 2 end; end;
  create function raises() returns trigger language plpgsql as $f$ begin if new.name = ';' then return null; end if; return new; end $f$;
  create trigger checked before insert on shops for each row execute function raises();
  create rule two as on delete to empty_one do also (select 1; select 2);
  comment on table shops is $$it's; -- "all"$$;
  create index shops_name on shops (name);
  alter table shops add constraint named check (name <> ';');`;
