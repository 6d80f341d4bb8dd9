//! Isolation segments: what must be shut off together because no valve stands between, which valves shut it, and what
//! loses its water besides.
//!
//! # Model
//! Valves stand in a link at one of its ends, or are links themselves. Nodes and links that no valve separates form a
//! segment (Walski 1993). Segments and valves form a graph of their own: shutting a segment also cuts off those that
//! hang behind it (unintended isolation: an articulation point, Jun and Loganathan 2007), and a valve that is stuck
//! joins the two segments beside it.
//!
//! Works on any set of lines: nothing but ends of links is needed.
//!
//! # References
//! - T. M. Walski (1993): Water distribution valve topology for reliability analysis. Reliability Engineering 42.
//! - H. Jun, G. V. Loganathan (2007): Valve-controlled segments in water distribution systems. J. Water Resour. Plann.
//!   Manage. 133(2). <https://doi.org/10.1061/(ASCE)0733-9496(2007)133:2(145)>

/// Where a valve stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valve {
    /// The link itself is the valve.
    Link(u32),
    /// In a link, at this end of it.
    At {
        /// The link.
        link: u32,
        /// The end node.
        node: u32,
    },
}

/// Segments of a network.
#[derive(Clone, Debug)]
pub struct Segments {
    of_node: Vec<u32>,
    of_link: Vec<u32>,
    nodes: Lists,
    links: Lists,
    valves: Lists,
    /// The two sides of each valve.
    sides: Vec<(u32, u32)>,
}

/// Lists in one array.
#[derive(Clone, Debug, Default)]
struct Lists {
    begin: Vec<u32>,
    items: Vec<u32>,
}

impl Lists {
    fn new(n: usize, pairs: impl Iterator<Item = (u32, u32)> + Clone) -> Self {
        let mut begin = vec![0_u32; n + 1];
        for (list, _) in pairs.clone() {
            begin[list as usize + 1] += 1;
        }
        for list in 0..n {
            begin[list + 1] += begin[list];
        }
        let mut next = begin.clone();
        let mut items = vec![0; begin[n] as usize];
        for (list, item) in pairs {
            items[next[list as usize] as usize] = item;
            next[list as usize] += 1;
        }
        Self { begin, items }
    }

    fn get(&self, list: usize) -> &[u32] {
        &self.items[self.begin[list] as usize..self.begin[list + 1] as usize]
    }
}

/// What shutting a segment does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Isolation {
    /// Valves to close, by rising index; those that stay open between two shut segments are left out.
    pub valves: Vec<u32>,
    /// The segment itself, and with a stuck valve those joined to it.
    pub shut: Vec<u32>,
    /// Segments that lose every way to a source though they are not shut.
    pub cut_off: Vec<u32>,
}

impl Segments {
    /// Finds the segments by union-find. Links whose ends are not among the `n_nodes` nodes are segments of their own.
    #[must_use]
    pub fn new(n_nodes: usize, ends: &[(u32, u32)], valves: &[Valve]) -> Self {
        // Bit 0: a valve at the begin of the link; bit 1: at its end; bit 2: the link is a valve.
        let mut marks = vec![0_u8; ends.len()];
        for valve in valves {
            match *valve {
                Valve::Link(link) => {
                    if let Some(mark) = marks.get_mut(link as usize) {
                        *mark |= 4;
                    }
                }
                Valve::At { link, node } => {
                    if let Some(&(from, to)) = ends.get(link as usize) {
                        marks[link as usize] |= u8::from(from == node) | (u8::from(to == node) << 1);
                    }
                }
            }
        }
        let mut sets = Sets::new(n_nodes + ends.len());
        for (link, (&(from, to), &mark)) in ends.iter().zip(&marks).enumerate() {
            let own = (n_nodes + link) as u32;
            for (node, bit) in [(from, 1), (to, 2)] {
                // A link that is a valve belongs to the segment where it begins.
                let parts = if mark & 4 == 0 { mark & bit != 0 } else { bit == 2 };
                if !parts && (node as usize) < n_nodes {
                    sets.join(own, node);
                }
            }
        }
        let (labels, n) = sets.labels();
        let (of_node, of_link) = labels.split_at(n_nodes);
        let side = |valve: &Valve| match *valve {
            Valve::Link(link) => {
                let (from, to) = ends.get(link as usize).copied()?;
                Some((*of_node.get(from as usize)?, *of_node.get(to as usize)?))
            }
            Valve::At { link, node } => Some((*of_node.get(node as usize)?, *of_link.get(link as usize)?)),
        };
        let sides: Vec<(u32, u32)> = valves.iter().map(|valve| side(valve).unwrap_or((u32::MAX, u32::MAX))).collect();
        let beside = sides.iter().zip(0_u32..).flat_map(|(&(a, b), valve)| {
            let first = (a != u32::MAX).then_some((a, valve));
            let second = (b != u32::MAX && b != a).then_some((b, valve));
            first.into_iter().chain(second)
        });
        Self {
            nodes: Lists::new(n, of_node.iter().copied().zip(0..)),
            links: Lists::new(n, of_link.iter().copied().zip(0..)),
            valves: Lists::new(n, beside),
            of_node: of_node.to_vec(),
            of_link: of_link.to_vec(),
            sides,
        }
    }

    /// The number of segments.
    #[must_use]
    pub fn len(&self) -> usize {
        self.nodes.begin.len().saturating_sub(1)
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Segment of a node.
    #[must_use]
    pub fn of_node(&self, node: usize) -> usize {
        self.of_node[node] as usize
    }

    /// Segment of a link.
    #[must_use]
    pub fn of_link(&self, link: usize) -> usize {
        self.of_link[link] as usize
    }

    /// Nodes of a segment.
    #[must_use]
    pub fn nodes(&self, segment: usize) -> &[u32] {
        self.nodes.get(segment)
    }

    /// Links of a segment.
    #[must_use]
    pub fn links(&self, segment: usize) -> &[u32] {
        self.links.get(segment)
    }

    /// Valves around a segment, with those inside it that separate nothing.
    #[must_use]
    pub fn valves(&self, segment: usize) -> &[u32] {
        self.valves.get(segment)
    }

    /// What shutting a segment does, where these valves are stuck open and the sources stand in `sources`.
    #[must_use]
    pub fn isolate(&self, segment: usize, stuck: &[u32], sources: &[u32]) -> Isolation {
        let mut is_shut = vec![false; self.len()];
        let mut shut = vec![segment as u32];
        is_shut[segment] = true;
        let mut next = 0;
        while let Some(&at) = shut.get(next) {
            next += 1;
            for &valve in self.valves(at as usize) {
                let (a, b) = self.sides[valve as usize];
                let other = if a == at { b } else { a };
                if stuck.contains(&valve) && other != u32::MAX && !is_shut[other as usize] {
                    is_shut[other as usize] = true;
                    shut.push(other);
                }
            }
        }
        shut.sort_unstable();
        let mut valves: Vec<u32> = shut
            .iter()
            .flat_map(|&at| self.valves(at as usize))
            .copied()
            .filter(|&valve| {
                let (a, b) = self.sides[valve as usize];
                let inside = |side: u32| side == u32::MAX || is_shut[side as usize];
                !(inside(a) && inside(b))
            })
            .collect();
        valves.sort_unstable();
        valves.dedup();
        let cut_off = self.cut_off(&is_shut, sources);
        Isolation { valves, shut, cut_off }
    }

    /// Segments that are not shut and cannot be reached from a source.
    fn cut_off(&self, is_shut: &[bool], sources: &[u32]) -> Vec<u32> {
        let mut reached = vec![false; self.len()];
        let mut stack: Vec<u32> = Vec::new();
        for &source in sources {
            let segment = self.of_node[source as usize];
            if !is_shut[segment as usize] && !reached[segment as usize] {
                reached[segment as usize] = true;
                stack.push(segment);
            }
        }
        while let Some(at) = stack.pop() {
            for &valve in self.valves(at as usize) {
                let (a, b) = self.sides[valve as usize];
                let other = if a == at { b } else { a };
                if other != u32::MAX && !is_shut[other as usize] && !reached[other as usize] {
                    reached[other as usize] = true;
                    stack.push(other);
                }
            }
        }
        (0..self.len() as u32).filter(|&at| !is_shut[at as usize] && !reached[at as usize]).collect()
    }

    /// How many segments each one cuts off besides itself when it is shut, for all of them at once: subtree sums below
    /// articulation points, by one depth-first search from the sources (Tarjan 1972). Segments that no source reaches
    /// count as 0.
    #[must_use]
    pub fn cut_off_by_each(&self, sources: &[u32]) -> Vec<u32> {
        let n = self.len();
        // The last one stands for all sources' outside.
        let root = n;
        let mut at_source = vec![false; n];
        for &source in sources {
            at_source[self.of_node[source as usize] as usize] = true;
        }
        let entrances: Vec<u32> = (0..n as u32).filter(|&at| at_source[at as usize]).collect();
        let mut entry = vec![u32::MAX; n + 1];
        let mut low = vec![u32::MAX; n + 1];
        let mut size = vec![1_u32; n + 1];
        let mut found = vec![0_u32; n];
        let mut clock = 0;
        (entry[root], low[root]) = (0, 0);
        let mut stack: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some(&mut (at, ref mut next)) = stack.last_mut() {
            let other = if at == root {
                entrances.get(*next).map(|&other| other as usize)
            } else if let Some(&valve) = self.valves(at).get(*next) {
                let (a, b) = self.sides[valve as usize];
                let other = if a as usize == at { b } else { a };
                Some(if other == u32::MAX { at } else { other as usize })
            } else {
                None
            };
            if let Some(other) = other {
                *next += 1;
                if entry[other] == u32::MAX {
                    clock += 1;
                    (entry[other], low[other]) = (clock, clock);
                    if other != root && at_source[other] {
                        low[other] = 0;
                    }
                    stack.push((other, 0));
                } else {
                    low[at] = low[at].min(entry[other]);
                }
                continue;
            }
            stack.pop();
            if let Some(&(above, _)) = stack.last() {
                low[above] = low[above].min(low[at]);
                size[above] += size[at];
                if above != root && low[at] >= entry[above] {
                    found[above] += size[at];
                }
            }
        }
        found
    }
}

/// Union-find with path halving and union by size.
struct Sets {
    parent: Vec<u32>,
    size: Vec<u32>,
}

impl Sets {
    fn new(n: usize) -> Self {
        Self { parent: (0..n as u32).collect(), size: vec![1; n] }
    }

    fn find(&mut self, mut at: u32) -> u32 {
        while self.parent[at as usize] != at {
            let above = self.parent[self.parent[at as usize] as usize];
            self.parent[at as usize] = above;
            at = above;
        }
        at
    }

    fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.find(a), self.find(b));
        if a == b {
            return;
        }
        let (small, large) = if self.size[a as usize] < self.size[b as usize] { (a, b) } else { (b, a) };
        self.parent[small as usize] = large;
        self.size[large as usize] += self.size[small as usize];
    }

    /// Labels 0.. by first occurrence, and how many there are.
    fn labels(mut self) -> (Vec<u32>, usize) {
        let n = self.parent.len();
        let mut label = vec![u32::MAX; n];
        let mut n_labels = 0;
        let mut labels = Vec::with_capacity(n);
        for at in 0..n as u32 {
            let root = self.find(at) as usize;
            if label[root] == u32::MAX {
                label[root] = n_labels;
                n_labels += 1;
            }
            labels.push(label[root]);
        }
        (labels, n_labels as usize)
    }
}
