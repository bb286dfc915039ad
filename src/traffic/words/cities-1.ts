/** Cities of all continents, as their own people or English speakers write them in Latin letters. Frozen: another list is another version. */
export const cities1 = `
Aarhus, Abidjan, Accra, Adelaide, Algiers, Amman, Amsterdam, Ankara, Antwerp, Athens, Auckland, Austin, Baku, Bangkok,
Barcelona, Basel, Beijing, Belgrade, Bergen, Berlin, Bilbao, Bogotá, Bologna, Bordeaux, Boston, Brasília, Bratislava,
Brisbane, Brno, Brussels, Bucharest, Budapest, Buenos Aires, Busan, Cairo, Calgary, Cape Town, Casablanca, Chicago,
Christchurch, Copenhagen, Córdoba, Cork, Dakar, Dallas, Delhi, Denver, Dhaka, Dublin, Durban, Düsseldorf, Edinburgh,
Florence, Frankfurt, Gdańsk, Geneva, Genoa, Ghent, Glasgow, Göteborg, Graz, Guadalajara, Hamburg, Hanoi, Helsinki,
Houston, Innsbruck, Istanbul, Jakarta, Kampala, Karachi, Kigali, Köln, Kraków, Kyoto, La Paz, Lagos, Lausanne, Leeds,
Leipzig, Lille, Lima, Lisbon, Liverpool, Ljubljana, London, Los Angeles, Luxembourg, Lyon, Madrid, Malmö, Manchester,
Manila, Marrakesh, Marseille, Medellín, Melbourne, Mexico City, Miami, Milan, Montevideo, Montréal, Mumbai, München,
Nairobi, Nantes, Naples, New York, Nice, Nürnberg, Osaka, Oslo, Ottawa, Palermo, Panama City, Paris, Perth, Porto,
Prague, Quito, Reykjavík, Riga, Rio de Janeiro, Rome, Rotterdam, Salzburg, San Francisco, San José, Santiago, São Paulo,
Sarajevo, Seattle, Seoul, Seville, Shanghai, Singapore, Skopje, Sofia, Stockholm, Strasbourg, Stuttgart, Sydney, Taipei,
Tallinn, Tampere, Tbilisi, Tokyo, Toronto, Toulouse, Trieste, Trondheim, Tunis, Turin, Turku, Utrecht, Valencia,
Vancouver, Venice, Vienna, Vilnius, Warsaw, Wellington, Wrocław, Yerevan, Zagreb, Zürich
`;
