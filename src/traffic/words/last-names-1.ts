/** Last names of many countries, some with a hyphen or an apostrophe. Frozen: another list is another version. */
export const lastNames1 = `
Abbas, Adams, Ahmed, Aktaş, Ali, Almeida, Álvarez, Andersen, Andersson, Bailey, Bakker, Barbosa, Bauer, Becker, Bell,
Bennett, Berg, Bernard, Bianchi, Brown, Bruno, Carter, Castro, Chan, Chen, Clark, Colombo, Conti, Costa, Cruz, Dahl,
Das, Davies, De Luca, De Vries, Demir, Dias, Dubois, Dupont, Eriksson, Esposito, Evans, Fernández, Ferrari, Fischer,
Fontaine, Fournier, Fuchs, García, Garnier, Gomes, González, Gray, Green, Gupta, Haas, Hall, Hansen, Hassan, Herrera,
Hill, Hoffmann, Horvat, Huber, Hughes, Ibrahim, Ito, Ivanov, Jackson, Jansen, Jensen, Johansson, Jones, Kaya, Keller,
Khan, Kim, King, Kobayashi, Koch, Kovač, Kowalski, Kumar, Lambert, Larsen, Laurent, Lee, Lefèvre, Lehmann, Li, Lindberg,
Lopes, López, Maier, Marino, Martin, Martínez, Mehta, Meyer, Moore, Moreau, Moreno, Morgan, Morris, Müller, Nakamura,
Nguyen, Nielsen, Nilsson, Novák, Nowak, O'Brien, O'Connor, Okafor, Olsen, Patel, Pavlov, Pereira, Pérez, Petrov, Popescu,
Ramos, Reyes, Ricci, Richter, Rivera, Robinson, Rodríguez, Romano, Rossi, Roux, Russo, Ryan, Saito, Sánchez, Santos,
Sato, Schmidt, Schneider, Schulz, Scott, Silva, Singh, Smith, Smith-Jones, Sørensen, Suzuki, Szabó, Tanaka, Taylor,
Thomas, Torres, Tran, Turner, Virtanen, Walker, Wang, Weber, White, Wilson, Wright, Yamada, Yılmaz, Young, Zhang, Zimmermann
`;
