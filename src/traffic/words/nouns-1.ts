/** Things that a shop may sell. Frozen: another list is another version. */
export const nouns1 = `
anchor, apron, armchair, backpack, bag, ball, band, basket, bath, battery, beaker, bed, bell, belt, bench, bicycle,
blanket, blender, board, book, boot, bottle, bowl, box, bracelet, broom, brush, bucket, bulb, button, cabinet, cable,
café set, camera, candle, canvas, cap, card, carpet, case, chain, chair, chest, clock, coat, comb, compass, cooker, cord,
couch, cup, curtain, cushion, desk, dish, door, drawer, dress, drill, drum, easel, fan, fence, flag, flask, flute, fork,
frame, fridge, glass, globe, glove, guitar, hammer, hammock, hat, heater, helmet, hook, hose, jacket, jar, jug, kettle,
key, keyboard, kite, knife, ladder, lamp, lantern, laptop, lens, lock, magnet, map, mask, mat, mattress, microphone,
mirror, monitor, mug, napkin, needle, net, notebook, oven, paddle, paint, pan, paper, pen, pencil, phone, piano, pillow,
pipe, plate, pot, printer, pump, purse, puzzle, racket, radio, rake, razor, ring, robe, rope, router, rug, ruler, saddle,
sail, saw, scale, scarf, scissors, screen, screw, shelf, shirt, shoe, shovel, skirt, sled, soap, sock, sofa, speaker,
sponge, spoon, stamp, stool, stove, suit, table, tablet, tent, thermos, tie, toaster, torch, towel, toy, tray, tripod,
trumpet, umbrella, vase, violin, wallet, watch, wheel, whistle, wrench
`;
