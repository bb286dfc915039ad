/** What such a thing may be like. Frozen: another list is another version. */
export const adjectives1 = `
able, active, ancient, azure, basic, beige, big, black, blue, bold, brave, brief, bright, brisk, broad, bronze, brown,
busy, calm, careful, cheap, cheerful, clean, clear, clever, cloudy, cold, colourful, compact, cool, copper, cosy, crimson,
crisp, curious, curved, daily, dark, deep, delicate, dry, dull, dusty, eager, early, easy, elastic, elegant, empty, even,
fair, famous, fancy, fast, fine, firm, flat, flexible, fluffy, foldable, formal, free, fresh, friendly, full, fuzzy,
gentle, giant, glad, golden, good, grand, great, green, grey, handy, happy, hard, heavy, high, hollow, honest, huge,
humble, icy, ideal, indigo, ivory, jolly, keen, kind, large, late, lazy, light, lilac, little, lively, local, long, loud,
lovely, low, loyal, lucky, magic, major, mellow, mild, minor, modern, modest, naïve, narrow, natural, neat, new, nice,
noble, noisy, novel, oblong, odd, old, olive, open, orange, oval, pale, patient, petite, pink, plain, pleasant, polite,
portable, pretty, proud, pure, purple, quick, quiet, rapid, rare, ready, real, red, rich, robust, rosy, rough, round,
royal, rustic, safe, scarlet, sharp, shiny, short, silent, silver, simple, sleek, slim, slow, small, smart, smooth, soft,
solid, square, steady, steep, sturdy, sunny, sweet, swift, tall, tender, thick, thin, tidy, tiny, tough, true, vivid,
warm, white, wide, wild, wise, yellow, young
`;
