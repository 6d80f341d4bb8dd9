//! Templates: a sentence with numbered placeholders, and its translation.

/// A sentence with placeholders, and its translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// The English text around the placeholders: one more than there are placeholders.
    pub(super) literals: Vec<String>,
    /// Whether the English puts each placeholder in quotes.
    pub(super) quoted: Vec<bool>,
    /// The translation.
    pub(super) german: Vec<Piece>,
    /// Bytes of English text.
    pub(super) n_literal: usize,
    /// Letters of English text.
    pub(super) n_letters: usize,
}

/// A piece of a translation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    /// What stands in the placeholder of this index, from 0.
    Slot {
        index: usize,
        /// Never translated.
        as_is: bool,
    },
}

impl Template {
    pub(super) fn new(english: &str, german: &str) -> Self {
        let mut literals = vec![String::new()];
        for piece in pieces(english) {
            match piece {
                Piece::Text(text) => literals.last_mut().expect("there is a first one").push_str(&text),
                Piece::Slot { .. } => literals.push(String::new()),
            }
        }
        let quoted = literals
            .windows(2)
            .map(|pair| {
                [('"', '"'), ('`', '`'), ('“', '”')]
                    .iter()
                    .any(|(a, b)| pair[0].ends_with(*a) && pair[1].starts_with(*b))
            })
            .collect();
        let n_literal = literals.iter().map(String::len).sum();
        let n_letters = literals.iter().flat_map(|text| text.chars()).filter(|letter| letter.is_alphabetic()).count();
        Self { literals, quoted, german: pieces(german), n_literal, n_letters }
    }

    /// What stands in the placeholders of a text; nothing where the text is not of this template. Of placeholders without
    /// text between them, the first takes all. The text behind the first placeholder is taken where it occurs for the `nth`
    /// time, from 0; it may stand in what the placeholder holds, too.
    pub(super) fn matched<'t>(&self, text: &'t str, nth: usize) -> Option<Vec<&'t str>> {
        let (head, rest) = self.literals.split_first()?;
        let (tail, middle) = rest.split_last()?;
        let text = text.strip_prefix(head.as_str())?.strip_suffix(tail.as_str())?;
        let mut slots = Vec::with_capacity(rest.len());
        let (mut begin, mut n_beside, mut nth) = (0, 0, nth);
        for literal in middle {
            if literal.is_empty() {
                n_beside += 1;
                continue;
            }
            let at = begin + text[begin..].match_indices(literal.as_str()).nth(std::mem::take(&mut nth))?.0;
            slots.push(&text[begin..at]);
            slots.extend(std::iter::repeat_n("", n_beside));
            (begin, n_beside) = (at + literal.len(), 0);
        }
        slots.push(&text[begin..]);
        slots.extend(std::iter::repeat_n("", n_beside));
        (nth == 0).then_some(slots)
    }
}

/// Texts and placeholders: `{1}`, `{1!}`. Other braces are text.
fn pieces(text: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut rest, mut literal) = (text, String::new());
    while let Some(at) = rest.find('{') {
        literal.push_str(&rest[..at]);
        rest = &rest[at..];
        if let Some((slot, behind)) = slot(rest) {
            if !literal.is_empty() {
                pieces.push(Piece::Text(std::mem::take(&mut literal)));
            }
            pieces.push(slot);
            rest = behind;
        } else {
            literal.push('{');
            rest = &rest[1..];
        }
    }
    literal.push_str(rest);
    if !literal.is_empty() {
        pieces.push(Piece::Text(literal));
    }
    pieces
}

fn slot(text: &str) -> Option<(Piece, &str)> {
    let (inner, behind) = text.strip_prefix('{')?.split_once('}')?;
    let number = inner.strip_suffix('!').unwrap_or(inner);
    if number.is_empty() || !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let index = number.parse::<usize>().ok()?.checked_sub(1)?;
    Some((Piece::Slot { index, as_is: inner.ends_with('!') }, behind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_template_finds_what_stands_in_its_placeholders() {
        let template = Template::new("`{1}` of {2} is {3}.", "{3!}: {1} { max = 2 }");
        assert_eq!(template.quoted, [true, false, false]);
        assert_eq!(template.matched("`a of b` of c is d is e.", 0), Some(vec!["a of b", "c", "d is e"]));
        assert_eq!(template.matched("`a` of c is d", 0), None);
        assert_eq!(template.matched("`a` off c is d.", 0), None);
        let expected = [
            Piece::Slot { index: 2, as_is: true },
            Piece::Text(": ".to_owned()),
            Piece::Slot { index: 0, as_is: false },
            Piece::Text(" { max = 2 }".to_owned()),
        ];
        assert_eq!(template.german, expected);
    }

    #[test]
    fn placeholders_side_by_side_are_the_first_one_s() {
        let template = Template::new("{1}{2} in {3}{4}", "");
        assert_eq!(template.matched("a, b in c d", 0), Some(vec!["a, b", "", "c d", ""]));
        assert_eq!(Template::new("x{1}x", "").matched("x", 0), None);
    }
}
