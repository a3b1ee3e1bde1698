"""PDF to text: what stands where (glyphs), in the order of reading (lines), in paragraphs, without what repeats."""
