//! A story as one page that opens in any browser, without another file and without the network: pictures are part of it.

use std::fmt::Write as _;

use crate::{
    Language,
    words::{find_word, word},
};

/// A chapter of the page.
#[derive(Clone, Debug, PartialEq)]
pub struct PageChapter {
    /// Heading.
    pub title: String,
    /// What is told; paragraphs are parted by empty lines.
    pub text: String,
    /// Figures of the result: value and what it says.
    pub figures: Vec<[String; 2]>,
    /// The picture, as PNG.
    pub picture: Vec<u8>,
}

/// What stands on the page around the chapters.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct PageFrame {
    /// Title.
    pub title: String,
    /// Town, author, day.
    pub subtitle: String,
    /// Sources with their licences, and what was assumed.
    pub attribution: String,
}

const STYLE: &str = "body{font:18px/1.5 system-ui,sans-serif;color:#1b1b1b;background:#fff;margin:0 auto;max-width:1200px;padding:1.5rem}\
h1{font-size:2.2rem;line-height:1.2;margin:.5rem 0}h2{font-size:1.6rem;margin:3rem 0 .5rem}\
.sub,footer{color:#4a4a4a}img{width:100%;height:auto;border:1px solid #999}p{max-width:46rem}\
dl{display:flex;flex-wrap:wrap;gap:1rem 3rem;margin:1rem 0}dl div{display:flex;flex-direction:column-reverse}\
dt{color:#4a4a4a}dd{font-size:2rem;font-weight:700;margin:0}nav a{color:#00508f}footer{border-top:1px solid #999;margin-top:3rem;font-size:.85rem}\
@media print{h2{break-before:page}}";

/// The page.
#[must_use]
pub fn page(frame: &PageFrame, chapters: &[PageChapter], language: Language) -> String {
    let title = escaped(&frame.title);
    let mut html = format!(
        "<!DOCTYPE html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n<meta name=\"viewport\" content=\"width=device-width\">\n\
         <title>{title}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>\n<p class=\"sub\">{}</p>\n<nav><ol>\n",
        language.code(),
        escaped(&frame.subtitle)
    );
    for (index, chapter) in chapters.iter().enumerate() {
        let _ = writeln!(html, "<li><a href=\"#k{}\">{}</a></li>", index + 1, escaped(&chapter.title));
    }
    html.push_str("</ol></nav>\n");
    for (index, chapter) in chapters.iter().enumerate() {
        let heading = escaped(&chapter.title);
        let _ = writeln!(html, "<section id=\"k{}\">\n<h2>{}. {heading}</h2>", index + 1, index + 1);
        for paragraph in paragraphs(&chapter.text) {
            let _ = writeln!(html, "<p>{}</p>", escaped(&paragraph));
        }
        if !chapter.figures.is_empty() {
            html.push_str("<dl>\n");
            for [value, meaning] in &chapter.figures {
                let _ = writeln!(html, "<div><dt>{}</dt><dd>{}</dd></div>", escaped(meaning), escaped(value));
            }
            html.push_str("</dl>\n");
        }
        let picture = base64(&chapter.picture);
        let _ = writeln!(html, "<img alt=\"{heading}\" src=\"data:image/png;base64,{picture}\">\n</section>");
    }
    let _ = writeln!(
        html,
        "<footer><p>{} {}</p></footer>\n</body>\n</html>",
        escaped(&word(language, "story-sources")),
        escaped(&frame.attribution)
    );
    html
}

/// Paragraphs of a text: parted by empty lines, each in one line.
#[must_use]
pub fn paragraphs(text: &str) -> Vec<String> {
    let mut paragraphs = vec![Vec::new()];
    for line in text.lines().map(str::trim) {
        match (line.is_empty(), paragraphs.last_mut()) {
            (false, Some(last)) => last.push(line),
            _ => paragraphs.push(Vec::new()),
        }
    }
    paragraphs.into_iter().filter(|lines| !lines.is_empty()).map(|lines| lines.join(" ")).collect()
}

/// A figure of a result as a picture shows it: value and what it says. Changes have a sign.
#[must_use]
pub fn criterion_figure(name: &str, value: f64, language: Language) -> [String; 2] {
    let decimals = usize::from(value.abs() < 10.0 && value.fract() != 0.0);
    let written =
        if name.contains(".added_") { language.signed(value, decimals) } else { language.number(value, decimals) };
    let meaning = find_word(language, &format!("criterion-{}", name.replace(['.', '_'], "-")));
    [written, meaning.unwrap_or_else(|| name.to_owned())]
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Bytes in the alphabet of RFC 4648, section 4.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for three in bytes.chunks(3) {
        let byte = |at: usize| u32::from(three.get(at).copied().unwrap_or(0));
        let bits = byte(0) << 16 | byte(1) << 8 | byte(2);
        for place in 0..4 {
            let letter = LETTERS[(bits >> (18 - 6 * place) & 63) as usize];
            text.push(if place <= three.len() { char::from(letter) } else { '=' });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_are_written_as_the_standard_says() {
        // RFC 4648, section 10.
        let vectors = [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
        ];
        for (plain, coded) in vectors {
            assert_eq!(base64(plain.as_bytes()), coded);
        }
        assert_eq!(base64(&[0xfb, 0xff, 0xfe]), "+//+");
    }

    #[test]
    fn the_page_needs_no_other_file_and_is_escaped() {
        let chapter = PageChapter {
            title: "Kanal <Nord> & Süd".to_owned(),
            text: "Erster\nAbsatz.\n\nZweiter.".to_owned(),
            figures: vec![criterion_figure("traffic.cut_off_addresses", 1234.0, Language::De)],
            picture: vec![1, 2, 3],
        };
        let frame =
            PageFrame { title: "Bergweg".to_owned(), attribution: "© OSM (ODbL)".to_owned(), ..PageFrame::default() };
        let html = page(&frame, &[chapter], Language::De);
        assert!(html.contains("<html lang=\"de\">") && html.contains("1. Kanal &lt;Nord&gt; &amp; Süd"), "{html}");
        assert!(html.contains("<p>Erster Absatz.</p>\n<p>Zweiter.</p>"), "{html}");
        assert!(html.contains("<dt>nicht erreichbare Adressen</dt><dd>1.234</dd>"), "{html}");
        assert!(html.contains("base64,AQID\"") && html.contains("© OSM (ODbL)"));
        assert!(!html.contains("http") && !html.contains("<script"), "nothing is fetched");
    }

    #[test]
    fn every_criterion_is_told_in_words() {
        for criterion in twin::criteria::TABLE {
            for language in Language::ALL {
                let [_, meaning] = criterion_figure(criterion.name, 1.0, language);
                assert_ne!(meaning, criterion.name, "{}: write it in locales/*/criteria.ftl", language.code());
            }
        }
    }

    #[test]
    fn changes_are_written_with_their_sign() {
        assert_eq!(criterion_figure("traffic.added_vehicle_hours", 3.25, Language::De)[0], "+3,2");
        assert_eq!(criterion_figure("traffic.added_vehicle_hours", 41.7, Language::De)[0], "+42");
        assert_eq!(criterion_figure("no.such", 2.0, Language::De), ["2".to_owned(), "no.such".to_owned()]);
    }
}
