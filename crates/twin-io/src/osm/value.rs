//! Values of tags: numbers with units, decimal commas, lists and years.

/// A number with an optional unit: `3.5`, `3,5 m`, `12 ft`, `3'6"`, `500 kg`. `None` where it is none.
fn number_and_unit(text: &str) -> Option<(f64, String)> {
    let text = text.trim();
    let split = text.find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '+'))).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let number =
        if number.contains(',') && !number.contains('.') { number.replacen(',', ".", 1) } else { number.to_owned() };
    let number: f64 = number.parse().ok()?;
    number.is_finite().then(|| (number, unit.trim().to_ascii_lowercase()))
}

/// A length in metres.
pub(crate) fn length_m(text: &str) -> Option<f64> {
    if let Some((feet, rest)) = text.split_once('\'') {
        let feet: f64 = feet.trim().parse().ok()?;
        let inches = rest.trim().trim_end_matches(['"', '\'']).trim();
        let inches: f64 = if inches.is_empty() { 0.0 } else { inches.parse().ok()? };
        return Some((feet * 12.0 + inches) * 0.0254).filter(|value| value.is_finite());
    }
    let (number, unit) = number_and_unit(text)?;
    let factor = match unit.as_str() {
        "" | "m" | "meter" | "metre" | "metres" | "meters" => 1.0,
        "cm" => 0.01,
        "mm" => 0.001,
        "km" => 1000.0,
        "ft" | "feet" => 0.3048,
        "in" | "\"" => 0.0254,
        _ => return None,
    };
    Some(number * factor)
}

/// A length above zero, metres.
pub(crate) fn positive_length_m(text: &str) -> Option<f64> {
    length_m(text).filter(|value| *value > 0.0)
}

/// A mass in tonnes.
pub(crate) fn mass_t(text: &str) -> Option<f64> {
    let (number, unit) = number_and_unit(text)?;
    let factor = match unit.as_str() {
        "" | "t" | "to" | "tons" | "tonnes" => 1.0,
        "kg" => 0.001,
        "st" => 0.907_184_74,
        "lt" => 1.016_046_9,
        "lb" | "lbs" => 0.000_453_592_37,
        _ => return None,
    };
    Some(number * factor).filter(|value| *value > 0.0)
}

/// A speed in km/h with a number in it (`50`, `30 mph`); words are left to the caller.
pub(crate) fn speed_kmh(text: &str) -> Option<f64> {
    let (number, unit) = number_and_unit(text)?;
    let factor = match unit.as_str() {
        "" | "km/h" | "kmh" | "kph" | "kmph" => 1.0,
        "mph" => 1.609_344,
        "knots" => 1.852,
        _ => return None,
    };
    Some(number * factor).filter(|value| *value > 0.0 && *value <= 300.0)
}

/// A plain number that is not negative.
pub(crate) fn count(text: &str) -> Option<f64> {
    number_and_unit(text).filter(|(number, unit)| unit.is_empty() && *number >= 0.0).map(|(number, _)| number)
}

/// A list separated by semicolons.
pub(crate) fn list(text: &str) -> impl Iterator<Item = &str> {
    text.split(';').map(str::trim).filter(|item| !item.is_empty())
}

/// A year in `start_date`: `1890`, `1890-05-01`, `~1890`, `1890s`, `before 1900`, `1890..1895`, `C19`, `mid C19`.
pub(crate) fn year(text: &str) -> Option<i32> {
    let text = text.trim();
    if let Some(at) = text.find(['C', 'c']) {
        let digits: String = text[at + 1..].chars().take_while(char::is_ascii_digit).collect();
        if let Ok(century) = digits.parse::<i32>()
            && (5..=21).contains(&century)
        {
            let part = if text.contains("early") {
                15
            } else if text.contains("late") {
                85
            } else {
                50
            };
            return Some((century - 1) * 100 + part);
        }
    }
    let bytes = text.as_bytes();
    for start in 0..bytes.len() {
        let before = start.checked_sub(1).map(|at| bytes[at]);
        if before.is_some_and(|b| b.is_ascii_digit()) {
            continue;
        }
        let digits = bytes[start..].iter().take_while(|b| b.is_ascii_digit()).count();
        if digits == 4 {
            let year: i32 = text[start..start + 4].parse().ok()?;
            return (800..=2100).contains(&year).then_some(year);
        }
    }
    None
}

/// A text without blanks at its ends; `None` where nothing is left.
pub(crate) fn text(value: &str) -> Option<String> {
    let value = value.trim();
    (!value.is_empty()).then(|| value.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths() {
        for (text, expected) in [
            ("3", 3.0),
            ("3 m", 3.0),
            ("3,5", 3.5),
            ("3.5m", 3.5),
            ("350 cm", 3.5),
            ("10 ft", 3.048),
            ("10'6\"", 3.2004),
        ] {
            let value = length_m(text).unwrap_or(f64::NAN);
            assert!((value - expected).abs() < 1e-9, "{text}: {value}");
        }
        for text in ["", "abc", "3 bananas", "1e999", "3.5.5", "NaN", "inf", "'", "\""] {
            assert_eq!(length_m(text), None, "{text}");
        }
    }

    #[test]
    fn masses_and_speeds() {
        assert_eq!(mass_t("7.5"), Some(7.5));
        assert_eq!(mass_t("3500 kg"), Some(3.5));
        assert_eq!(mass_t("none"), None);
        assert_eq!(speed_kmh("50"), Some(50.0));
        assert!((speed_kmh("30 mph").unwrap_or(0.0) - 48.280_32).abs() < 1e-9);
        assert_eq!(speed_kmh("abc"), None);
        assert_eq!(speed_kmh("0"), None);
        assert_eq!(speed_kmh("-30"), None);
    }

    #[test]
    fn years() {
        for (text, expected) in [
            ("1890", Some(1890)),
            ("1890-05-01", Some(1890)),
            ("~1890", Some(1890)),
            ("1890s", Some(1890)),
            ("before 1900", Some(1900)),
            ("C19", Some(1850)),
            ("early C20", Some(1915)),
            ("1890..1900", Some(1890)),
            ("01.05.1975", Some(1975)),
            ("19XX", None),
            ("", None),
            ("äöü", None),
        ] {
            assert_eq!(year(text), expected, "{text}");
        }
    }
}
