//! Towns drawn as text, and a small writer of PBF files, for tests.

use std::{collections::BTreeMap, path::Path};

use twin::{Findings, Silent};

use crate::{ImportOptions, Imported};

/// Meters per character of the drawing, eastward and southward.
pub(crate) const STEP_M: f64 = 10.0;
pub(crate) const ROW_M: f64 = 20.0;
const LON: f64 = 11.28;
const LAT: f64 = 49.51;

type OwnedTags = Vec<(String, String)>;
/// Kind (0 node, 1 way, 2 relation), id, role.
type Member = (u64, i64, String);

/// A town whose letters are nodes.
#[derive(Clone, Default)]
pub(crate) struct Town {
    nodes: BTreeMap<i64, (f64, f64)>,
    node_tags: BTreeMap<i64, OwnedTags>,
    ways: Vec<(i64, Vec<i64>, OwnedTags)>,
    relations: Vec<(i64, Vec<Member>, OwnedTags)>,
    features: Vec<String>,
}

type Pairs<'a> = &'a [(&'a str, &'a str)];

fn owned(tags: Pairs<'_>) -> OwnedTags {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

/// The id of the node of a letter.
pub(crate) fn id(letter: char) -> i64 {
    i64::from(u32::from(letter))
}

impl Town {
    /// Reads a drawing: every letter or digit is a node.
    pub(crate) fn new(drawing: &str) -> Self {
        let mut town = Self { features: vec!["OsmSchema-V0.6".to_owned(), "DenseNodes".to_owned()], ..Self::default() };
        for (row, line) in drawing.lines().enumerate() {
            for (column, letter) in line.chars().enumerate().filter(|(_, letter)| letter.is_alphanumeric()) {
                let north_m = -(row as f64) * ROW_M;
                let east_m = column as f64 * STEP_M;
                let lat = LAT + north_m / 111_230.0;
                let lon = LON + east_m / (111_400.0 * LAT.to_radians().cos());
                town.nodes.insert(id(letter), (lon, lat));
            }
        }
        town
    }

    pub(crate) fn node(mut self, letter: char, tags: Pairs<'_>) -> Self {
        self.node_tags.insert(id(letter), owned(tags));
        self
    }

    /// A way through letters; a letter that is not drawn is a node that the file lacks.
    pub(crate) fn way(mut self, way: i64, letters: &str, tags: Pairs<'_>) -> Self {
        self.ways.push((way, letters.chars().map(id).collect(), owned(tags)));
        self
    }

    /// A relation with members such as `w1 from`, `nb via`.
    pub(crate) fn relation(mut self, relation: i64, members: &[&str], tags: Pairs<'_>) -> Self {
        let members = members
            .iter()
            .map(|text| {
                let (member, role) = text.split_once(' ').unwrap_or((text, ""));
                let (kind, name) = member.split_at(1);
                match kind {
                    "n" => (0, id(name.chars().next().expect("a letter")), role.to_owned()),
                    "w" => (1, name.parse().expect("a number"), role.to_owned()),
                    _ => (2, name.parse().expect("a number"), role.to_owned()),
                }
            })
            .collect();
        self.relations.push((relation, members, owned(tags)));
        self
    }

    pub(crate) fn feature(mut self, feature: &str) -> Self {
        self.features.push(feature.to_owned());
        self
    }

    pub(crate) fn import(&self) -> Imported {
        self.try_import().expect("the town imports")
    }

    pub(crate) fn try_import(&self) -> Result<Imported, Findings> {
        let imported = import(&self.bytes())?;
        assert!(imported.tally.adds_up(), "{:?}", imported.tally);
        Ok(imported)
    }

    /// The bytes of a PBF file.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        let mut header = Message::default();
        self.features.iter().for_each(|feature| header.bytes(4, feature.as_bytes()));
        let mut file = blob("OSMHeader", &header.0);
        file.extend(blob("OSMData", &self.block()));
        file
    }

    fn block(&self) -> Vec<u8> {
        let mut strings = Strings { table: vec![String::new()] };
        let mut groups: Vec<Message> = vec![self.dense(&mut strings)];
        let mut group = Message::default();
        for (id, nodes, tags) in &self.ways {
            let mut way = Message::default();
            way.number(1, *id as u64);
            strings.tags(&mut way, tags);
            way.packed(8, deltas(nodes.iter().copied()).map(zigzag));
            group.bytes(3, &way.0);
        }
        groups.push(std::mem::take(&mut group));
        for (id, members, tags) in &self.relations {
            let mut relation = Message::default();
            relation.number(1, *id as u64);
            strings.tags(&mut relation, tags);
            let roles: Vec<u64> = members.iter().map(|(_, _, role)| strings.index(role)).collect();
            relation.packed(8, roles.into_iter());
            relation.packed(9, deltas(members.iter().map(|(_, id, _)| *id)).map(zigzag));
            relation.packed(10, members.iter().map(|(kind, ..)| *kind));
            group.bytes(4, &relation.0);
        }
        groups.push(group);
        let mut table = Message::default();
        strings.table.iter().for_each(|text| table.bytes(1, text.as_bytes()));
        let mut block = Message::default();
        block.bytes(1, &table.0);
        groups.iter().for_each(|group| block.bytes(2, &group.0));
        block.0
    }

    fn dense(&self, strings: &mut Strings) -> Message {
        let degrees = |value: f64| (value * 1e7).round() as i64;
        let mut dense = Message::default();
        dense.packed(1, deltas(self.nodes.keys().copied()).map(zigzag));
        dense.packed(8, deltas(self.nodes.values().map(|(_, lat)| degrees(*lat))).map(zigzag));
        dense.packed(9, deltas(self.nodes.values().map(|(lon, _)| degrees(*lon))).map(zigzag));
        let mut tags = Vec::new();
        for id in self.nodes.keys() {
            for (key, value) in self.node_tags.get(id).into_iter().flatten() {
                tags.extend([strings.index(key), strings.index(value)]);
            }
            tags.push(0);
        }
        dense.packed(10, tags.into_iter());
        let mut group = Message::default();
        group.bytes(2, &dense.0);
        group
    }
}

/// Imports bytes.
pub(crate) fn import(bytes: &[u8]) -> Result<Imported, Findings> {
    super::import_bytes(bytes, Path::new("drawn.osm.pbf"), &ImportOptions::default(), &Silent)
}

fn blob(kind: &str, content: &[u8]) -> Vec<u8> {
    let mut body = Message::default();
    body.bytes(1, content);
    let mut head = Message::default();
    head.bytes(1, kind.as_bytes());
    head.number(3, body.0.len() as u64);
    let mut bytes = u32::try_from(head.0.len()).expect("a short header").to_be_bytes().to_vec();
    bytes.extend(head.0);
    bytes.extend(body.0);
    bytes
}

struct Strings {
    table: Vec<String>,
}

impl Strings {
    fn index(&mut self, text: &str) -> u64 {
        let at = self.table.iter().position(|known| known == text).unwrap_or_else(|| {
            self.table.push(text.to_owned());
            self.table.len() - 1
        });
        at as u64
    }

    fn tags(&mut self, message: &mut Message, tags: &[(String, String)]) {
        let keys: Vec<u64> = tags.iter().map(|(key, _)| self.index(key)).collect();
        let values: Vec<u64> = tags.iter().map(|(_, value)| self.index(value)).collect();
        message.packed(2, keys.into_iter());
        message.packed(3, values.into_iter());
    }
}

/// A protocol-buffer message in the making.
#[derive(Default)]
struct Message(Vec<u8>);

impl Message {
    fn varint(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.0.push((value as u8 & 0x7f) | 0x80);
            value >>= 7;
        }
        self.0.push(value as u8);
    }
    fn number(&mut self, field: u64, value: u64) {
        self.varint(field << 3);
        self.varint(value);
    }
    fn bytes(&mut self, field: u64, bytes: &[u8]) {
        self.varint(field << 3 | 2);
        self.varint(bytes.len() as u64);
        self.0.extend_from_slice(bytes);
    }
    fn packed(&mut self, field: u64, values: impl Iterator<Item = u64>) {
        let mut inner = Self::default();
        values.for_each(|value| inner.varint(value));
        if !inner.0.is_empty() {
            self.bytes(field, &inner.0);
        }
    }
}

fn deltas(values: impl Iterator<Item = i64>) -> impl Iterator<Item = i64> {
    values.scan(0, |last, value| {
        let delta = value - *last;
        *last = value;
        Some(delta)
    })
}

fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}
