CREATE OR REPLACE VIEW cheap_books AS SELECT id, title FROM books WHERE price < 800;
