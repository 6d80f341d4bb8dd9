//! Names of streets, towns and churches: unique and German.

mod stems;

use std::collections::BTreeSet;

use self::stems::{
    BIRDS, CRAFTS, FIELD_HEADS, FIELD_TAILS, FIRST_NAMES, FLOWERS, LAST_NAMES, MAKERS, POETS, SAINTS, TOWN_HEADS,
    TOWN_TAILS, TOWNS, TREES,
};
use crate::{dice::Dice, quarter::Quarter};

/// Gives names, none twice.
#[derive(Clone, Debug)]
pub(crate) struct NameBook {
    given: BTreeSet<String>,
    dice: Dice,
    n_towns: usize,
    seed: u64,
}

impl NameBook {
    pub(crate) fn new(seed: u64) -> Self {
        Self { given: BTreeSet::new(), dice: Dice::new(seed, 4), n_towns: 0, seed }
    }

    /// A name if nobody bears it yet.
    pub(crate) fn claim(&mut self, name: impl Into<String>) -> Option<String> {
        let name = name.into();
        self.given.insert(name.clone()).then_some(name)
    }

    /// The first free one of several, else a person's.
    pub(crate) fn first_of(&mut self, names: &[&str]) -> String {
        names.iter().find_map(|name| self.claim(*name)).unwrap_or_else(|| self.person())
    }

    /// The next town that a radial road leads to.
    pub(crate) fn next_town(&mut self) -> String {
        let index = self.n_towns;
        self.n_towns += 1;
        let start = (self.seed % TOWNS.len() as u64) as usize;
        if index < TOWNS.len() {
            return TOWNS[(start + index * 7) % TOWNS.len()].to_owned();
        }
        let (head, tail) = (self.dice.below(TOWN_HEADS.len()), self.dice.below(TOWN_TAILS.len()));
        format!("{}{}", TOWN_HEADS[head], TOWN_TAILS[tail])
    }

    /// `Nürnberger Straße`.
    pub(crate) fn radial(&mut self, town: &str) -> String {
        let street = format!("{} Straße", inhabitant(town));
        self.claim(street).unwrap_or_else(|| self.person())
    }

    /// A street in a quarter; streets of one neighborhood share a theme.
    pub(crate) fn street(&mut self, quarter: Quarter, theme: u64, dead_end: bool) -> String {
        for _ in 0..14 {
            let name = self.proposal(quarter, theme, dead_end);
            if let Some(name) = self.claim(name) {
                return name;
            }
        }
        for _ in 0..20 {
            let name = self.field();
            if let Some(name) = self.claim(name) {
                return name;
            }
        }
        self.person()
    }

    fn proposal(&mut self, quarter: Quarter, theme: u64, dead_end: bool) -> String {
        let way = if dead_end { "weg" } else { *self.dice.pick(&["straße", "straße", "weg", "ring"]) };
        match quarter {
            Quarter::OldTown => format!(
                "{}{}",
                self.dice.pick(CRAFTS),
                self.dice.pick(&["gasse", "gasse", "gasse", "straße", "winkel"])
            ),
            Quarter::Village => match self.dice.below(3) {
                0 => format!("{}{}", self.dice.pick(CRAFTS), self.dice.pick(&["weg", "straße", "gasse"])),
                _ => self.field(),
            },
            Quarter::Industrial | Quarter::RetailPark => match self.dice.below(3) {
                0 => self.field(),
                _ => joined(self.dice.pick::<&str>(MAKERS), "straße"),
            },
            Quarter::Gruenderzeit => joined(
                self.dice.pick::<&str>(POETS),
                self.dice.pick::<&str>(&["straße", "straße", "straße", "allee", "platz"]),
            ),
            _ => match theme % 6 {
                0 => format!("{}{way}", self.dice.pick(TREES)),
                1 => format!("{}{way}", self.dice.pick(FLOWERS)),
                2 => format!("{}{way}", self.dice.pick(BIRDS)),
                3 => joined(self.dice.pick::<&str>(POETS), if dead_end { "weg" } else { "straße" }),
                4 => format!(
                    "{} Straße",
                    inhabitant(&format!("{}{}", self.dice.pick(TOWN_HEADS), self.dice.pick(TOWN_TAILS)))
                ),
                _ => self.field(),
            },
        }
    }

    fn field(&mut self) -> String {
        let head = *self.dice.pick(FIELD_HEADS);
        let (tail, preposition) = *self.dice.pick(FIELD_TAILS);
        match self.dice.below(4) {
            0 => format!("{head}{tail}weg"),
            1 => format!("{head}{tail}straße"),
            _ => format!("{preposition} {head}{tail}"),
        }
    }

    fn person(&mut self) -> String {
        for _ in 0..400 {
            let way = *self.dice.pick(&["Straße", "Straße", "Weg", "Platz", "Ring"]);
            let name = format!("{}-{}-{way}", self.dice.pick(FIRST_NAMES), self.dice.pick(LAST_NAMES));
            if let Some(name) = self.claim(name) {
                return name;
            }
        }
        (1u32..).find_map(|n| self.claim(format!("Straße {n}"))).expect("because there are more numbers than streets")
    }

    /// A church's name.
    pub(crate) fn church(&mut self, index: usize) -> String {
        SAINTS[(index + self.seed as usize % SAINTS.len()) % SAINTS.len()].to_owned()
    }
}

fn joined(stem: &str, way: &str) -> String {
    if stem.contains('-') {
        let mut letters = way.chars();
        let capital: String = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
        format!("{stem}-{capital}{}", letters.as_str())
    } else if stem.ends_with("ring") {
        stem.to_owned()
    } else {
        format!("{stem}{way}")
    }
}

/// `Nürnberg` → `Nürnberger`, `Bremen` → `Bremer`.
fn inhabitant(town: &str) -> String {
    if town == "Dresden" {
        return "Dresdner".to_owned();
    }
    if town == "Hannover" {
        return "Hannoversche".to_owned();
    }
    for (tail, made) in [("hausen", "häuser"), ("rode", "röder")] {
        if let Some(head) = town.strip_suffix(tail) {
            return format!("{head}{made}");
        }
    }
    if let Some(head) = town.strip_suffix("en") {
        return format!("{head}er");
    }
    if let Some(head) = town.strip_suffix('e') {
        return format!("{head}er");
    }
    format!("{town}er")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn towns_become_adjectives() {
        for (town, adjective) in
            [("Nürnberg", "Nürnberger"), ("Bremen", "Bremer"), ("Halle", "Haller"), ("Neuenhausen", "Neuenhäuser")]
        {
            assert_eq!(inhabitant(town), adjective);
        }
    }

    #[test]
    fn thousands_of_names_are_unique() {
        let mut book = NameBook::new(1);
        let names: BTreeSet<String> = (0..12_000).map(|i| book.street(Quarter::Houses, i / 9, i % 3 == 0)).collect();
        assert_eq!(names.len(), 12_000);
    }
}
