-- ${notFilled} stands in a comment.
ALTER TABLE books ADD COLUMN note text NOT NULL DEFAULT 'Dear ${reader}';

-- stackctl: down
ALTER TABLE books DROP COLUMN note;
