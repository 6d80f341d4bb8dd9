//! The objects of an OpenStreetMap file in memory: nodes, ways and relations with their tags, sorted by id.
//!
//! Tags are indices into the string table of the block that they came from, so that nothing is allocated per tag.

use geo_types::Coord;

/// Index of a node that a way refers to but that the file does not hold.
pub(crate) const MISSING: u32 = u32::MAX;

/// How far inside a clipped extract the last node of a way that was cut may lie, metres.
pub(crate) const CLIPPED_EDGE_M: f64 = 250.0;

/// Strings and tags of one block of the file.
#[derive(Debug, Default)]
pub(crate) struct Block {
    pub(crate) strings: Vec<Box<str>>,
    pub(crate) tags: Vec<(u32, u32)>,
    pub(crate) refs: Vec<i64>,
    pub(crate) members: Vec<Member>,
}

/// A range of rows in a block.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Span {
    pub(crate) block: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// A member of a relation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Member {
    pub(crate) kind: Kind,
    pub(crate) id: i64,
    /// Index in the string table of the block.
    pub(crate) role: u32,
}

/// Kind of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Node,
    Way,
    Relation,
}

impl Kind {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Way => "way",
            Self::Relation => "relation",
        }
    }
}

/// Nodes, sorted by id: most have no tags.
#[derive(Debug, Default)]
pub(crate) struct Nodes {
    pub(crate) ids: Vec<i64>,
    /// Longitude and latitude, degrees.
    pub(crate) wgs84: Vec<Coord<f64>>,
    /// Position in the twin's CRS; `None` where it cannot be projected.
    pub(crate) local: Vec<Option<Coord<f64>>>,
    /// Tagged nodes by rising index.
    pub(crate) tagged: Vec<(u32, Span)>,
}

impl Nodes {
    pub(crate) fn index_of(&self, id: i64) -> Option<u32> {
        self.ids.binary_search(&id).ok().and_then(|index| u32::try_from(index).ok())
    }
}

#[derive(Debug)]
pub(crate) struct RawWay {
    pub(crate) id: i64,
    pub(crate) tags: Span,
    /// Range in [`Osm::way_nodes`].
    pub(crate) nodes: (usize, usize),
}

#[derive(Debug)]
pub(crate) struct RawRelation {
    pub(crate) id: i64,
    pub(crate) tags: Span,
    pub(crate) members: Span,
}

/// Everything in a file.
#[derive(Debug, Default)]
pub(crate) struct Osm {
    pub(crate) blocks: Vec<Block>,
    pub(crate) nodes: Nodes,
    pub(crate) ways: Vec<RawWay>,
    /// Node indices of all ways, or [`MISSING`].
    pub(crate) way_nodes: Vec<u32>,
    /// Ids that ways refer to, in the order of `way_nodes`.
    pub(crate) way_refs: Vec<i64>,
    pub(crate) relations: Vec<RawRelation>,
    /// West, south, east, north of the extract, degrees, where the file tells.
    pub(crate) bounds: Option<[f64; 4]>,
    /// Whether ways were cut off at the bounds without a trace: no node lies outside.
    pub(crate) is_clipped: bool,
    /// Newest time stamp, seconds since 1970, of the file or of any object.
    pub(crate) timestamp_s: Option<i64>,
}

/// The tags of an object.
#[derive(Clone, Copy)]
pub(crate) struct Tags<'a> {
    strings: &'a [Box<str>],
    pairs: &'a [(u32, u32)],
}

impl<'a> Tags<'a> {
    pub(crate) const NONE: Tags<'static> = Tags { strings: &[], pairs: &[] };

    /// The value of a key.
    pub(crate) fn get(&self, key: &str) -> Option<&'a str> {
        self.iter().find(|(known, _)| *known == key).map(|(_, value)| value)
    }

    /// The value of the first of these keys that is there.
    pub(crate) fn first(&self, keys: &[&str]) -> Option<&'a str> {
        keys.iter().find_map(|key| self.get(key))
    }

    /// Whether the value of a key is exactly this.
    pub(crate) fn is(&self, key: &str, value: &str) -> bool {
        self.get(key) == Some(value)
    }

    /// Whether a key is there with a value other than `no`.
    pub(crate) fn has(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value != "no")
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&'a str, &'a str)> + use<'a> {
        let (strings, pairs) = (self.strings, self.pairs);
        pairs.iter().map(move |(key, value)| (&*strings[*key as usize], &*strings[*value as usize]))
    }
}

/// A node with tags.
#[derive(Clone, Copy)]
pub(crate) struct TaggedNode<'a> {
    pub(crate) id: i64,
    pub(crate) index: u32,
    pub(crate) tags: Tags<'a>,
}

/// A way.
#[derive(Clone, Copy)]
pub(crate) struct Way<'a> {
    pub(crate) id: i64,
    pub(crate) tags: Tags<'a>,
    /// Indices of its nodes, or [`MISSING`].
    pub(crate) nodes: &'a [u32],
    /// Ids of its nodes.
    pub(crate) refs: &'a [i64],
}

impl Way<'_> {
    /// Whether it ends where it begins.
    pub(crate) fn is_closed(&self) -> bool {
        self.refs.len() >= 4 && self.refs.first() == self.refs.last()
    }
}

/// A relation.
#[derive(Clone, Copy)]
pub(crate) struct Relation<'a> {
    pub(crate) id: i64,
    pub(crate) tags: Tags<'a>,
    members: &'a [Member],
    strings: &'a [Box<str>],
}

impl<'a> Relation<'a> {
    /// Kind, id and role of each member, in order.
    pub(crate) fn members(&self) -> impl Iterator<Item = (Kind, i64, &'a str)> + use<'a> {
        let strings = self.strings;
        self.members.iter().map(move |member| (member.kind, member.id, &*strings[member.role as usize]))
    }
}

impl Osm {
    fn tags(&self, span: Span) -> Tags<'_> {
        match self.blocks.get(span.block as usize) {
            Some(block) => Tags { strings: &block.strings, pairs: &block.tags[span.start as usize..span.end as usize] },
            None => Tags::NONE,
        }
    }

    /// Tagged nodes by rising id.
    pub(crate) fn tagged_nodes(&self) -> impl Iterator<Item = TaggedNode<'_>> {
        self.nodes.tagged.iter().map(|(index, span)| TaggedNode {
            id: self.nodes.ids[*index as usize],
            index: *index,
            tags: self.tags(*span),
        })
    }

    /// The tags of a node.
    pub(crate) fn node_tags(&self, index: u32) -> Tags<'_> {
        match self.nodes.tagged.binary_search_by_key(&index, |(known, _)| *known) {
            Ok(at) => self.tags(self.nodes.tagged[at].1),
            Err(_) => Tags::NONE,
        }
    }

    /// The way of this row.
    pub(crate) fn way(&self, row: usize) -> Way<'_> {
        let way = &self.ways[row];
        let range = way.nodes.0..way.nodes.1;
        Way {
            id: way.id,
            tags: self.tags(way.tags),
            nodes: &self.way_nodes[range.clone()],
            refs: &self.way_refs[range],
        }
    }

    /// Ways by rising id.
    pub(crate) fn ways(&self) -> impl Iterator<Item = (usize, Way<'_>)> {
        (0..self.ways.len()).map(|row| (row, self.way(row)))
    }

    /// The row of a way.
    pub(crate) fn way_row(&self, id: i64) -> Option<usize> {
        self.ways.binary_search_by_key(&id, |way| way.id).ok()
    }

    /// Relations by rising id.
    pub(crate) fn relations(&self) -> impl Iterator<Item = Relation<'_>> {
        self.relations.iter().map(|raw| self.relation(raw))
    }

    fn relation(&self, raw: &RawRelation) -> Relation<'_> {
        let block = &self.blocks[raw.members.block as usize];
        Relation {
            id: raw.id,
            tags: self.tags(raw.tags),
            members: &block.members[raw.members.start as usize..raw.members.end as usize],
            strings: &block.strings,
        }
    }

    /// How far inside the extract a node lies, metres; negative outside. Infinite where the file tells no bounds.
    pub(crate) fn inside_m(&self, node: u32, bounds: Option<[f64; 4]>) -> f64 {
        const METRES_PER_DEGREE: f64 = 111_320.0;
        let (Some([west, south, east, north]), Some(at)) = (bounds, self.nodes.wgs84.get(node as usize)) else {
            return f64::INFINITY;
        };
        let east_west_m = (at.x - west).min(east - at.x) * METRES_PER_DEGREE * at.y.to_radians().cos();
        east_west_m.min((at.y - south).min(north - at.y) * METRES_PER_DEGREE)
    }

    /// Whether a way may have lost nodes to a cut at the bounds.
    pub(crate) fn may_be_clipped(&self, nodes: &[u32]) -> bool {
        self.is_clipped && nodes.iter().any(|node| self.inside_m(*node, self.bounds) < CLIPPED_EDGE_M)
    }

    /// Position of a node in the twin's CRS; `None` where it is missing.
    pub(crate) fn local(&self, node: u32) -> Option<Coord<f64>> {
        self.nodes.local.get(node as usize).copied().flatten()
    }
}
