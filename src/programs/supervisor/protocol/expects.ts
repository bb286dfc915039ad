/** A word behind its folders: it is started before there is anything to do, and waits for that for a while. */
export const EXPECTS = 'expects';
