//! Names of streets: which sections bear a name, and which names are near to one that nobody knows.

use std::collections::BTreeMap;

use twin::{Id, Twin, road::Modes, road::RoadLink};

/// A name as it is compared: lower case, umlauts written out, `str.` and `straße` as `strasse`, hyphens as spaces.
#[must_use]
pub fn folded(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 4);
    for letter in name.chars().flat_map(char::to_lowercase) {
        match letter {
            'ä' => text.push_str("ae"),
            'ö' => text.push_str("oe"),
            'ü' => text.push_str("ue"),
            'ß' => text.push_str("ss"),
            'é' | 'è' | 'ê' => text.push('e'),
            'á' | 'à' | 'â' => text.push('a'),
            '-' | '–' | '/' | '_' | '\u{a0}' => text.push(' '),
            '’' | '\'' => {}
            other => text.push(other),
        }
    }
    let words: Vec<String> = text.split_whitespace().map(folded_word).collect();
    words.join(" ")
}

fn folded_word(word: &str) -> String {
    match word {
        "str" | "str." => "strasse".to_owned(),
        "pl" | "pl." => "platz".to_owned(),
        "dr" | "st" | "prof" => format!("{word}."),
        _ => match word.strip_suffix("str.").or_else(|| word.strip_suffix("str")) {
            Some(stem) => format!("{stem}strasse"),
            None => match word.strip_suffix("pl.") {
                Some(stem) => format!("{stem}platz"),
                None => word.to_owned(),
            },
        },
    }
}

/// The sections of every street by folded name.
pub(crate) struct StreetNames {
    by_name: BTreeMap<String, (String, Vec<Id<RoadLink>>)>,
    by_route: BTreeMap<String, Vec<Id<RoadLink>>>,
}

impl StreetNames {
    pub(crate) fn of(twin: &Twin) -> Self {
        // Sections of one spelling first: every spelling is folded once.
        let mut named: BTreeMap<&str, Vec<Id<RoadLink>>> = BTreeMap::new();
        let mut routed: BTreeMap<&str, Vec<Id<RoadLink>>> = BTreeMap::new();
        for (id, link) in twin.roads.links() {
            if let Some(name) = &link.name {
                named.entry(name).or_default().push(id);
            }
            for route in link.route.iter().flat_map(|route| route.split(';')) {
                routed.entry(route).or_default().push(id);
            }
        }
        // A street is called as its first section spells it.
        let mut by_name: BTreeMap<String, (String, Vec<Id<RoadLink>>)> = BTreeMap::new();
        let mut spellings: Vec<(&str, Vec<Id<RoadLink>>)> = named.into_iter().collect();
        spellings.sort_by_key(|(_, links)| links[0]);
        for (name, links) in spellings {
            by_name.entry(folded(name)).or_insert_with(|| (name.to_owned(), Vec::new())).1.extend(links);
        }
        by_name.values_mut().for_each(|(_, links)| links.sort_unstable());
        let mut by_route: BTreeMap<String, Vec<Id<RoadLink>>> = BTreeMap::new();
        for (route, links) in routed {
            by_route.entry(folded(route)).or_default().extend(links);
        }
        by_route.values_mut().for_each(|links| links.sort_unstable());
        Self { by_name, by_route }
    }

    /// The sections of this name that motor vehicles use (or all, where none does), else of this route number.
    pub(crate) fn sections(&self, twin: &Twin, name: &str) -> Option<(&str, Vec<Id<RoadLink>>)> {
        let key = folded(name);
        let (name, links) = match self.by_name.get(&key) {
            Some((name, links)) => (name.as_str(), links),
            None => self.by_route.get_key_value(&key).map(|(route, links)| (route.as_str(), links))?,
        };
        let motor: Vec<_> = links.iter().copied().filter(|&link| is_motor(twin.roads.link(link))).collect();
        Some((name, if motor.is_empty() { links.clone() } else { motor }))
    }

    /// Up to three names of the twin most like this one.
    pub(crate) fn nearest(&self, name: &str) -> Vec<String> {
        nearest(name, self.by_name.values().map(|(name, _)| name.as_str()))
    }
}

/// Whether any motor vehicle may drive on it.
pub(crate) fn is_motor(link: &RoadLink) -> bool {
    [&link.forward, &link.backward]
        .into_iter()
        .any(|way| way.modes.intersects(Modes::CAR.union(Modes::TRUCK).union(Modes::BUS)))
}

/// Up to three candidates most like a word, the most alike first.
pub(crate) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Vec<String> {
    let sought = folded(word);
    let mut scored: Vec<(f64, &str)> = candidates
        .map(|candidate| {
            let known = folded(candidate);
            let part = if known.contains(&sought) || sought.contains(&known) { 0.1 } else { 0.0 };
            (strsim::jaro_winkler(&sought, &known) + part, candidate)
        })
        .filter(|(score, _)| *score >= 0.78)
        .collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(b.1)));
    scored.dedup_by(|a, b| a.1 == b.1);
    scored.into_iter().take(3).map(|(_, name)| name.to_owned()).collect()
}

/// `Did you mean …?` with the candidates, where there are any.
pub(crate) fn did_you_mean(candidates: &[String]) -> Option<String> {
    (!candidates.is_empty()).then(|| {
        let quoted: Vec<String> = candidates.iter().map(|name| format!("\"{name}\"")).collect();
        format!("did you mean {}?", quoted.join(" or "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_one_street_fold_together() {
        for name in
            ["Nürnberger Straße", "Nuernberger Strasse", "nürnberger str.", "NÜRNBERGER STRASSE", "Nürnberger-Straße"]
        {
            assert_eq!(folded(name), "nuernberger strasse", "{name}");
        }
        assert_eq!(folded("Hauptstr."), folded("Hauptstraße"));
        assert_eq!(folded("Marktpl."), folded("Marktplatz"));
        assert_ne!(folded("Hauptstraße"), folded("Hauptweg"));
    }

    #[test]
    fn a_typing_error_finds_its_street() {
        let known = ["Hauptstraße", "Bahnhofstraße", "Am Marktplatz", "Hersbrucker Straße"];
        assert_eq!(nearest("Haubtstrase", known.into_iter())[0], "Hauptstraße");
        assert_eq!(nearest("Marktplatz", known.into_iter())[0], "Am Marktplatz");
        assert!(nearest("Xyzzy", known.into_iter()).is_empty());
    }
}
