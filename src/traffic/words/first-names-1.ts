/** First names of many countries. Frozen: another list is another version. */
export const firstNames1 = `
Ada, Adrian, Agnes, Ahmed, Aisha, Akira, Alba, Albert, Alejandro, Alice, Alma, Amara, Amir, Ana, Anders, André, Andrea,
Anja, Anna, Antonio, Anton, Arjun, Åsa, Astrid, Aylin, Beatriz, Ben, Bianca, Björn, Boris, Bruno, Camila, Carla, Carlos,
Cecilia, Chen, Chiara, Chloé, Clara, Daniel, Daria, David, Diego, Dina, Edith, Elena, Elias, Elif, Ella, Emil, Emma,
Erik, Esther, Eva, Fatima, Felix, Filip, Fiona, Florian, François, Freya, Gabriel, Georg, Giulia, Grace, Greta, Hana,
Hannah, Hassan, Heidi, Helena, Henrik, Hugo, Ibrahim, Ida, Igor, Ines, Irene, Iris, Isaac, Isabel, Ivan, Jakob, James,
Jana, Jasmin, Javier, Joana, Johan, José, Julia, Jun, Jürgen, Kaito, Karim, Karin, Katja, Kenji, Klara, Lars, Laura,
Layla, Lea, Leila, Leo, Liam, Lina, Linus, Lucía, Luis, Łukasz, Maja, Malik, Marco, Maria, Marie, Mario, Marta, Matteo,
Maya, Mehmet, Mei, Mia, Miguel, Mila, Milan, Mina, Mohamed, Nadia, Naomi, Nina, Noah, Noor, Olga, Oliver, Omar, Oscar,
Paula, Pedro, Petra, Priya, Rafael, Ravi, Renée, Robin, Rosa, Ruth, Samir, Sara, Siri, Sofia, Søren, Tariq, Théo, Tomás,
Uma, Vera, Victor, Wanda, Yara, Yuki, Yusuf, Zoe
`;
