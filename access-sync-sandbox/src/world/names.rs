use super::rng::Dice;

const FIRST: [&str; 48] = [
    "Ada", "Amir", "Anika", "Ben", "Bruno", "Carla", "Chen", "Clara", "Dario", "Deniz", "Elif",
    "Emil", "Esra", "Farid", "Fay", "Gus", "Hana", "Hugo", "Ida", "Imani", "Ines", "Jonas", "Juno",
    "Kai", "Kofi", "Lea", "Lena", "Liam", "Luz", "Maja", "Marco", "Mina", "Nadia", "Nico", "Noor",
    "Olga", "Omar", "Petra", "Priya", "Quinn", "Rosa", "Samir", "Selma", "Theo", "Uma", "Vera",
    "Yusuf", "Zoe",
];

const LAST: [&str; 48] = [
    "Abara", "Almeida", "Bauer", "Bianchi", "Brandt", "Castro", "Dahl", "Diallo", "Duarte",
    "Eriksen", "Falk", "Ferrari", "Fischer", "Garcia", "Haddad", "Hansen", "Ibarra", "Ito",
    "Jansen", "Kaya", "Keller", "Khan", "Kowalski", "Larsen", "Lund", "Marsh", "Mensah", "Meyer",
    "Moreau", "Nakamura", "Novak", "Okafor", "Okoye", "Olsen", "Park", "Pereira", "Quist", "Rossi",
    "Santos", "Sato", "Silva", "Stone", "Tanaka", "Toure", "Varga", "Weber", "Yilmaz", "Zhou",
];

/// People's names in an order of the seed's choice, none twice before 2304 are used.
pub(super) struct Names {
    first: Vec<&'static str>,
    last: Vec<&'static str>,
    used: usize,
}

impl Names {
    pub(super) fn new(seed: u64) -> Self {
        let mut dice = Dice::new(seed ^ 0x6e61_6d65_735f_6279);
        let mut shuffled = |list: &[&'static str]| {
            let mut left = list.to_vec();
            let mut order = Vec::with_capacity(left.len());
            while !left.is_empty() {
                order.push(left.swap_remove(dice.index(left.len())));
            }
            order
        };
        Self {
            first: shuffled(&FIRST),
            last: shuffled(&LAST),
            used: 0,
        }
    }

    /// First and last name.
    pub(super) fn next(&mut self) -> (&'static str, &'static str) {
        let n = self.used;
        self.used += 1;
        let first = self.first.get(n % FIRST.len()).copied();
        // Each round through the first names shifts the last names by one.
        let last = self.last.get((n + n / FIRST.len()) % LAST.len()).copied();
        (first.unwrap_or("Ana"), last.unwrap_or("Duarte"))
    }
}

/// `first.last` at a domain that belongs to nobody.
pub(super) fn email(first: &str, last: &str, domain: &str) -> String {
    format!("{}.{}@{domain}", first.to_lowercase(), last.to_lowercase())
}
