//! The languages in which people read results, and how numbers and dates are written in them.

use twin::jiff::civil::{Date, Time};

/// A language.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Language {
    /// German.
    #[default]
    De,
    /// English.
    En,
}

impl Language {
    /// Both, the default first.
    pub const ALL: [Self; 2] = [Self::De, Self::En];

    /// `de` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::De => "de",
            Self::En => "en",
        }
    }

    /// The language of a code or locale: `de`, `de_DE.UTF-8`, `en-GB`. Nothing for other languages.
    #[must_use]
    pub fn from_locale(locale: &str) -> Option<Self> {
        let code = locale.split(['_', '-', '.', '@']).next().unwrap_or_default();
        match code.to_ascii_lowercase().as_str() {
            "de" => Some(Self::De),
            "en" => Some(Self::En),
            _ => None,
        }
    }

    /// A number with this many decimals: `1.234,5` or `1,234.5`.
    #[must_use]
    pub fn number(self, value: f64, decimals: usize) -> String {
        let (thousands, point) = match self {
            Self::De => ('.', ','),
            Self::En => (',', '.'),
        };
        let plain = format!("{:.decimals$}", value.abs());
        let (whole, fraction) = plain.split_once('.').unwrap_or((&plain, ""));
        let negative = value < 0.0 && plain.bytes().any(|digit| (b'1'..=b'9').contains(&digit));
        let mut text = String::new();
        if negative {
            text.push('−');
        }
        for (index, digit) in whole.chars().enumerate() {
            if index > 0 && (whole.len() - index).is_multiple_of(3) {
                text.push(thousands);
            }
            text.push(digit);
        }
        if !fraction.is_empty() {
            text.push(point);
            text.push_str(fraction);
        }
        text
    }

    /// A number with its sign: `+12,5`, `−3,0`, `±0,0`.
    #[must_use]
    pub fn signed(self, value: f64, decimals: usize) -> String {
        let text = self.number(value, decimals);
        if text.starts_with('−') {
            text
        } else if text.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) {
            format!("+{text}")
        } else {
            format!("±{text}")
        }
    }

    /// A change in percent of what was before: `+5,3 %`; a dash where nothing was before.
    #[must_use]
    pub fn percent_change(self, before: f64, after: f64) -> String {
        if before.abs() < 1e-9 {
            return "–".to_owned();
        }
        let space = match self {
            Self::De => "\u{a0}",
            Self::En => "",
        };
        let percent = 100.0 * (after - before) / before;
        // From next to nothing to something: the exact factor says nothing.
        if percent > 999.0 {
            return format!("> +999{space}%");
        }
        format!("{}{space}%", self.signed(percent, 1))
    }

    /// A small number in powers of ten: `8,3e-6`.
    #[must_use]
    pub fn scientific(self, value: f64) -> String {
        let text = format!("{value:.1e}");
        match self {
            Self::De => text.replace('.', ","),
            Self::En => text,
        }
    }

    /// A date: `4.5.2026` or `4 May 2026`.
    #[must_use]
    pub fn date(self, date: Date) -> String {
        match self {
            Self::De => date.strftime("%-d.%-m.%Y").to_string(),
            Self::En => date.strftime("%-d %b %Y").to_string(),
        }
    }

    /// A time of day: `16:00`.
    #[must_use]
    pub fn time(self, time: Time) -> String {
        time.strftime("%H:%M").to_string()
    }

    /// An hour of the day: `16–17 Uhr` or `16:00–17:00`.
    #[must_use]
    pub fn hour(self, hour: u8) -> String {
        match self {
            Self::De => format!("{hour}–{} Uhr", hour + 1),
            Self::En => format!("{hour:02}:00–{:02}:00", hour + 1),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_language_does() {
        assert_eq!(Language::De.number(1_234_567.85, 1), "1.234.567,9");
        assert_eq!(Language::En.number(1234.5, 1), "1,234.5");
        assert_eq!(Language::De.number(999.0, 0), "999");
        assert_eq!(Language::De.number(-0.04, 1), "0,0");
        assert_eq!(Language::De.signed(-0.04, 1), "±0,0");
        assert_eq!(Language::De.signed(-12.0, 1), "−12,0");
        assert_eq!(Language::De.signed(0.3, 1), "+0,3");
        assert_eq!(Language::De.percent_change(200.0, 210.6), "+5,3\u{a0}%");
        assert_eq!(Language::En.percent_change(0.0, 210.6), "–");
    }

    #[test]
    fn languages_are_known_by_locale() {
        assert_eq!(Language::from_locale("de_DE.UTF-8"), Some(Language::De));
        assert_eq!(Language::from_locale("en-GB"), Some(Language::En));
        assert_eq!(Language::from_locale("C"), None);
    }
}
