CREATE FUNCTION shout(tag int) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  RETURN (SELECT upper(word) FROM tags WHERE id = tag);
END;
$$;

-- stackctl: down
DROP FUNCTION shout(int);
