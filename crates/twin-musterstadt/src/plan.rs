//! The plan of the town: river, bridges, old town, radial and ring roads, quarters, railway and the land around.
//!
//! Long: the stages share one draft and read in the order in which they are drawn.

mod details;

use geo_types::{Coord, coord};
use twin::road::RoadClass;

use crate::{
    dice::Dice,
    draft::{Cell, Corner, Draft, Line, Point, Role, Side, Split, area_m2, hull, middle, subdivide},
    quarter::Quarter,
    site::{distance_m, lerp},
};

/// The whole plan.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) draft: Draft,
    /// Blocks between streets.
    pub(crate) blocks: Vec<Cell>,
    /// Fields and woods.
    pub(crate) fields: Vec<Cell>,
    /// Corners of the market square.
    pub(crate) market: Vec<Point>,
    /// Where roads leave the map, with the line that leads there.
    pub(crate) borders: Vec<(Point, Line)>,
    /// Junctions that are roundabouts.
    pub(crate) roundabouts: Vec<Point>,
    /// Plan heights of the motorways, which other roads cross on bridges, and the ends where they leave the map.
    pub(crate) motorways: Vec<(f64, [Point; 4])>,
    /// Height of the railway in the plan.
    pub(crate) rail_y: Option<f64>,
    /// Half the distance of the bank roads, metres.
    pub(crate) bank_m: f64,
    /// Radius of the old town, metres.
    pub(crate) core_m: f64,
    /// Distance of the map's border, metres.
    pub(crate) border_m: f64,
}

/// What the plan is made from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Brief {
    pub(crate) population: u32,
    pub(crate) seed: u64,
    pub(crate) radius_m: f64,
    pub(crate) river_half_m: f64,
}

#[derive(Clone, Copy, Debug)]
struct Spoke {
    angle: f64,
    radial: Option<u16>,
    class: RoadClass,
    at: Point,
    strand: u32,
    bank: bool,
}

struct Drawing {
    brief: Brief,
    draft: Draft,
    dice: Dice,
    bank_m: f64,
    core_m: f64,
    border_m: f64,
    cells: Vec<Cell>,
    fields: Vec<Cell>,
    borders: Vec<(Point, Line)>,
    town_signs: Vec<Point>,
    n_radials: u16,
    /// Ring roads' meeting points with the banks, by ring: (north, south).
    ring_banks: Vec<[(f64, Point); 4]>,
    estate_owed: bool,
    retail_owed: bool,
}

/// Draws the plan.
pub(crate) fn draw(brief: Brief) -> Plan {
    let population = f64::from(brief.population);
    let core_m = 85.0 * (population / 500.0).powf(0.26);
    let bank_m = brief.river_half_m + 14.0 + 0.3 * brief.river_half_m;
    let mut drawing = Drawing {
        brief,
        draft: Draft::default(),
        dice: Dice::new(brief.seed, 2),
        bank_m,
        core_m,
        border_m: brief.radius_m * 1.3 + 420.0,
        cells: Vec::new(),
        fields: Vec::new(),
        borders: Vec::new(),
        town_signs: Vec::new(),
        n_radials: 0,
        ring_banks: Vec::new(),
        estate_owed: brief.population >= 5_000,
        retail_owed: brief.population >= 4_000,
    };
    let rings_m = drawing.rings_m();
    let head_north = drawing.draft.add_point(coord! { x: 0.0, y: bank_m });
    let head_south = drawing.draft.add_point(coord! { x: 0.0, y: -bank_m });
    let strand = drawing.draft.new_strand();
    drawing.draft.add_line((head_north, head_south), RoadClass::Primary, Role::Bridge, Quarter::OldTown, strand);
    let (spokes, market) = drawing.old_town(head_north, &rings_m);
    drawing.bank(1.0, spokes, &rings_m);
    let spokes = drawing.suburb(head_south, &rings_m);
    drawing.bank(-1.0, spokes, &rings_m);
    drawing.bridges();
    drawing.finish(&rings_m, market)
}

impl Drawing {
    fn rings_m(&self) -> Vec<f64> {
        let mut rings = vec![self.core_m];
        let mut step_m = 0.75 * self.core_m + 100.0;
        while rings[rings.len() - 1] + 1.25 * step_m < self.brief.radius_m {
            rings.push(rings[rings.len() - 1] + step_m);
            step_m = (step_m * 1.22).min(640.0);
        }
        rings
    }

    fn on_bank(&self, side: f64, angle: f64, radius_m: f64) -> Coord<f64> {
        coord! { x: radius_m * angle.cos(), y: side * (self.bank_m + radius_m * angle.sin()) }
    }

    /// Distance of the map's border in a direction: a rounded square.
    fn border_at_m(&self, angle: f64) -> f64 {
        self.border_m / (angle.cos().powi(6) + angle.sin().powi(6)).powf(1.0 / 6.0)
    }

    fn main_class(&self) -> RoadClass {
        if self.brief.population >= 60_000 { RoadClass::Primary } else { RoadClass::Secondary }
    }

    fn spoke(&mut self, side: f64, angle_deg: f64, radius_m: f64, main: Option<RoadClass>) -> Spoke {
        let bank = angle_deg == 0.0 || angle_deg == 180.0;
        let angle = (angle_deg + if bank { 0.0 } else { self.dice.range(-6.0, 6.0) }).to_radians();
        let reach_m = radius_m * if bank || radius_m == 0.0 { 1.0 } else { self.dice.range(0.92, 1.08) };
        let at = self.draft.add_point(self.on_bank(side, angle, reach_m));
        let radial = main.map(|_| {
            self.n_radials += 1;
            self.n_radials - 1
        });
        let class =
            main.unwrap_or(if self.brief.population < 3_000 { RoadClass::Residential } else { RoadClass::Tertiary });
        Spoke { angle, radial, class, at, strand: self.draft.new_strand(), bank }
    }

    /// The old town north of the bridge; the spokes at its wall, and the market.
    fn old_town(&mut self, head: Point, rings_m: &[f64]) -> (Vec<Spoke>, Vec<Point>) {
        let core_m = rings_m[0];
        let main = Some(self.main_class());
        let angles: &[(f64, Option<RoadClass>)] = if self.brief.population < 1_500 {
            &[
                (0.0, None),
                (35.0, Some(RoadClass::Secondary)),
                (93.0, Some(RoadClass::Primary)),
                (146.0, None),
                (180.0, None),
            ]
        } else if self.brief.population < 40_000 {
            &[
                (0.0, None),
                (27.0, Some(RoadClass::Secondary)),
                (60.0, None),
                (94.0, Some(RoadClass::Primary)),
                (127.0, None),
                (156.0, Some(RoadClass::Secondary)),
                (180.0, None),
            ]
        } else {
            &[
                (0.0, None),
                (25.0, main),
                (57.0, main),
                (92.0, Some(RoadClass::Primary)),
                (124.0, main),
                (154.0, main),
                (180.0, None),
            ]
        };
        let spokes: Vec<Spoke> = angles.iter().map(|&(deg, class)| self.spoke(1.0, deg, core_m, class)).collect();
        let n = spokes.len();
        let quarter = if self.brief.population < 3_000 { Quarter::Village } else { Quarter::OldTown };
        let wall_class = if quarter == Quarter::OldTown { RoadClass::Secondary } else { RoadClass::Residential };
        let mut wall = Vec::new();
        let mut strand = self.draft.new_strand();
        for i in 0..n - 1 {
            if i == n / 2 {
                strand = self.draft.new_strand();
            }
            wall.push(self.draft.add_line(
                (spokes[i].at, spokes[i + 1].at),
                wall_class,
                Role::Ring(0),
                quarter,
                strand,
            ));
        }
        let bank_class = if quarter == Quarter::OldTown { RoadClass::Tertiary } else { RoadClass::Residential };
        let strand = self.draft.new_strand();
        let bank_east = self.draft.add_line((head, spokes[0].at), bank_class, Role::Bank, quarter, strand);
        let strand = self.draft.new_strand();
        let bank_west = self.draft.add_line((head, spokes[n - 1].at), bank_class, Role::Bank, quarter, strand);
        // The market: one corner toward each gate, and one toward the bridge.
        let center = coord! { x: self.dice.range(-0.1, 0.1) * core_m, y: self.bank_m + core_m * 0.50 };
        let size_m = (0.15 * core_m).clamp(18.0, 46.0);
        let gates: Vec<usize> = (1..n - 1).collect();
        let mut corners = Vec::new();
        for &gate in &gates {
            corners.push((self.draft.at(spokes[gate].at), Some(gate)));
        }
        corners.push((self.draft.at(head), None));
        let market: Vec<Point> = corners
            .iter()
            .map(|&(toward, gate)| {
                let away_m = size_m * if gate.is_none() { 1.15 } else { self.dice.range(0.85, 1.25) };
                let share = away_m / distance_m(center, toward);
                self.draft.add_point(lerp(center, toward, share))
            })
            .collect();
        let strand = self.draft.new_strand();
        let m = market.len();
        let around: Vec<Line> = (0..m)
            .map(|i| {
                let ends = (market[i], market[(i + 1) % m]);
                self.draft.add_line(ends, RoadClass::LivingStreet, Role::Market, quarter, strand)
            })
            .collect();
        let gate_lines: Vec<Line> = (0..m)
            .map(|i| {
                let (end, class) = match corners[i].1 {
                    Some(gate) => (spokes[gate].at, spokes[gate].class),
                    None => (head, RoadClass::Primary),
                };
                let strand = self.draft.new_strand();
                self.draft.add_line((market[i], end), class, Role::Gate, quarter, strand)
            })
            .collect();
        for i in 0..m {
            let j = (i + 1) % m;
            // Counter-clockwise around the market: from gate i outward, along the wall to gate j, back inward.
            let mut corners = vec![Corner { point: market[i], side: Side::Street(gate_lines[i]) }];
            if j == 0 {
                corners.push(Corner { point: head, side: Side::Street(bank_east) });
                corners.push(Corner { point: spokes[0].at, side: Side::Street(wall[0]) });
                corners.push(Corner { point: spokes[1].at, side: Side::Street(gate_lines[0]) });
            } else if i == m - 2 {
                corners.push(Corner { point: spokes[n - 2].at, side: Side::Street(wall[n - 2]) });
                corners.push(Corner { point: spokes[n - 1].at, side: Side::Street(bank_west) });
                corners.push(Corner { point: head, side: Side::Street(gate_lines[m - 1]) });
            } else {
                let gate = gates[i];
                corners.push(Corner { point: spokes[gate].at, side: Side::Street(wall[gate]) });
                corners.push(Corner { point: spokes[gate + 1].at, side: Side::Street(gate_lines[j]) });
            }
            corners.push(Corner { point: market[j], side: Side::Street(around[i]) });
            self.cells.push(Cell { corners, quarter, stubs: Vec::new() });
        }
        (spokes, market)
    }

    /// The suburb south of the bridge.
    fn suburb(&mut self, head: Point, rings_m: &[f64]) -> Vec<Spoke> {
        let main = Some(self.main_class());
        let angles: &[(f64, Option<RoadClass>)] = if self.brief.population < 1_500 {
            &[(0.0, None), (88.0, Some(RoadClass::Primary)), (180.0, None)]
        } else if self.brief.population < 40_000 {
            &[
                (0.0, None),
                (40.0, Some(RoadClass::Secondary)),
                (90.0, Some(RoadClass::Primary)),
                (140.0, Some(RoadClass::Secondary)),
                (180.0, None),
            ]
        } else {
            &[
                (0.0, None),
                (32.0, main),
                (63.0, None),
                (91.0, Some(RoadClass::Primary)),
                (120.0, None),
                (149.0, main),
                (180.0, None),
            ]
        };
        let core_m = rings_m[0];
        let quarter = if self.brief.population < 3_000 { Quarter::Village } else { Quarter::Gruenderzeit };
        let spokes: Vec<Spoke> = angles.iter().map(|&(deg, class)| self.spoke(-1.0, deg, core_m, class)).collect();
        let inner: Vec<Line> = spokes
            .iter()
            .map(|spoke| {
                let role = if spoke.bank { Role::Bank } else { spoke.radial.map_or(Role::Spoke, Role::Radial) };
                self.draft.add_line((head, spoke.at), spoke.class, role, quarter, spoke.strand)
            })
            .collect();
        let strand = self.draft.new_strand();
        for i in 0..spokes.len() - 1 {
            let chord = self.draft.add_line(
                (spokes[i].at, spokes[i + 1].at),
                if quarter == Quarter::Village { RoadClass::Residential } else { RoadClass::Tertiary },
                Role::Ring(0),
                quarter,
                strand,
            );
            // South of the river angles turn clockwise: the cell runs from the far spoke to the near one.
            let corners = vec![
                Corner { point: head, side: Side::Street(inner[i + 1]) },
                Corner { point: spokes[i + 1].at, side: Side::Street(chord) },
                Corner { point: spokes[i].at, side: Side::Street(inner[i]) },
            ];
            self.cells.push(Cell { corners, quarter, stubs: Vec::new() });
        }
        spokes
    }

    /// Everything outside the innermost ring on one bank.
    fn bank(&mut self, side: f64, mut spokes: Vec<Spoke>, rings_m: &[f64]) {
        let mut chords: Vec<Line> = (0..spokes.len() - 1)
            .map(|i| {
                let ends = (spokes[i].at, spokes[i + 1].at);
                self.draft.lines.iter().position(|line| line.ends == ends).expect("because the ring was drawn") as Line
            })
            .collect();
        self.note_banks(side, &spokes, rings_m[0]);
        let reach = if side > 0.0 {
            1.0
        } else if self.brief.population < 3_000 {
            0.78
        } else {
            0.88
        };
        for (k, pair) in rings_m.windows(2).enumerate() {
            if pair[1] > reach * self.brief.radius_m {
                break;
            }
            self.densify(side, &mut spokes, &mut chords, pair[1] - pair[0]);
            self.ring(side, &mut spokes, &mut chords, pair[1], k as u16 + 1);
            self.note_banks(side, &spokes, pair[1]);
        }
        let last_m = distance_m(self.draft.at(spokes[0].at), coord! { x: 0.0, y: side * self.bank_m });
        self.densify(side, &mut spokes, &mut chords, reach * self.brief.radius_m - last_m);
        self.edge(side, &spokes, &chords, last_m, reach * self.brief.radius_m);
    }

    fn note_banks(&mut self, side: f64, spokes: &[Spoke], radius_m: f64) {
        let (east, west) = (spokes[0].at, spokes[spokes.len() - 1].at);
        if side > 0.0 {
            self.ring_banks.push([(radius_m, east), (-radius_m, west), (f64::NAN, 0), (f64::NAN, 0)]);
        } else if let Some(entry) = self.ring_banks.iter_mut().find(|entry| (entry[0].0 - radius_m).abs() < 1.0) {
            entry[2] = (radius_m, east);
            entry[3] = (-radius_m, west);
        }
    }

    /// New spokes where the ring's sections are long.
    fn densify(&mut self, side: f64, spokes: &mut Vec<Spoke>, chords: &mut Vec<Line>, step_m: f64) {
        let limit_m = step_m.max(300.0) * 1.45;
        let (old_spokes, old_chords) = (std::mem::take(spokes), std::mem::take(chords));
        for (i, spoke) in old_spokes.iter().enumerate() {
            spokes.push(*spoke);
            let Some(&chord) = old_chords.get(i) else { break };
            chords.push(chord);
            let (a, b) = (self.draft.at(spoke.at), self.draft.at(old_spokes[i + 1].at));
            if distance_m(a, b) > limit_m {
                let at = self.draft.add_point(lerp(a, b, self.dice.range(0.42, 0.58)));
                self.draft.join(chord, at);
                let p = self.draft.at(at);
                let angle = (p.y * side - self.bank_m).atan2(p.x);
                let strand = self.draft.new_strand();
                let class = if self.dice.chance(0.6) { RoadClass::Tertiary } else { RoadClass::Residential };
                spokes.push(Spoke { angle, radial: None, class, at, strand, bank: false });
                chords.push(chord);
            }
        }
    }

    /// One ring of cells.
    fn ring(&mut self, side: f64, spokes: &mut [Spoke], chords: &mut Vec<Line>, radius_m: f64, k: u16) {
        let n = spokes.len();
        let quarters: Vec<Quarter> = (0..n - 1)
            .map(|i| self.quarter(side, 0.5 * (spokes[i].angle + spokes[i + 1].angle), radius_m, false))
            .collect();
        let arms = self.advance(side, spokes, radius_m, &quarters, 0.06);
        let population = self.brief.population;
        let main_ring = (k % 3 == 1 && population >= 20_000) || (k == 1 && population >= 8_000);
        let mut strand = self.draft.new_strand();
        let mut along_m = 0.0;
        let mut outer = Vec::new();
        for i in 0..n - 1 {
            let ends = (spokes[i].at, spokes[i + 1].at);
            along_m += distance_m(self.draft.at(ends.0), self.draft.at(ends.1));
            let class = match () {
                () if main_ring && population >= 150_000 && k % 6 == 4 => RoadClass::Primary,
                () if main_ring => RoadClass::Secondary,
                () if self.dice.chance(0.55) => RoadClass::Tertiary,
                () => RoadClass::Residential,
            };
            outer.push(self.draft.add_line(ends, class, Role::Ring(k), quarters[i], strand));
            if along_m > 1500.0 {
                strand = self.draft.new_strand();
                along_m = 0.0;
            }
        }
        for i in 0..n - 1 {
            let outline = [arms[i].0, spokes[i].at, spokes[i + 1].at, arms[i + 1].0];
            let sides = [arms[i].1, outer[i], arms[i + 1].1, chords[i]].map(Side::Street);
            self.push_cell(side, &outline, &sides, quarters[i]);
        }
        *chords = outer;
    }

    /// Moves the spokes outward; the points left behind, and the new lines.
    fn advance(
        &mut self,
        side: f64,
        spokes: &mut [Spoke],
        radius_m: f64,
        quarters: &[Quarter],
        ragged: f64,
    ) -> Vec<(Point, Line)> {
        let n = spokes.len();
        (0..n)
            .map(|i| {
                let spoke = spokes[i];
                let reach_m = radius_m * if spoke.bank { 1.0 } else { self.dice.range(1.0 - ragged, 1.0 + ragged) };
                let to = self.draft.add_point(self.on_bank(side, spoke.angle, reach_m));
                let role = if spoke.bank { Role::Bank } else { spoke.radial.map_or(Role::Spoke, Role::Radial) };
                let quarter = quarters[i.min(quarters.len() - 1)];
                let line = self.draft.add_line((spoke.at, to), spoke.class, role, quarter, spoke.strand);
                spokes[i].at = to;
                (spoke.at, line)
            })
            .collect()
    }

    /// The ragged edge of the town, the roads beyond, and the fields.
    fn edge(&mut self, side: f64, spokes: &[Spoke], chords: &[Line], from_m: f64, to_m: f64) {
        let n = spokes.len();
        let depth_m = (to_m - from_m).max(120.0);
        let quarters: Vec<Quarter> =
            (0..n - 1).map(|i| self.quarter(side, 0.5 * (spokes[i].angle + spokes[i + 1].angle), to_m, true)).collect();
        let extents: Vec<f64> = quarters
            .iter()
            .map(|quarter| if quarter.is_built() { from_m + depth_m * self.dice.range(0.62, 1.18) } else { 0.0 })
            .collect();
        let mut arms: Vec<Option<Line>> = Vec::new();
        let mut ends: Vec<Point> = Vec::new();
        for (i, spoke) in spokes.iter().enumerate() {
            let here_m = self.reach_m(side, spoke.at);
            let wanted_m = extents[i.saturating_sub(1).min(n - 2)].max(extents[i.min(n - 2)]);
            let role = if spoke.bank { Role::Bank } else { spoke.radial.map_or(Role::Spoke, Role::Radial) };
            let quarter = quarters[i.min(n - 2)];
            let mut end = spoke.at;
            let mut arm = None;
            if wanted_m > here_m + 60.0 {
                end = self.draft.add_point(self.on_bank(side, spoke.angle, wanted_m));
                arm = Some(self.draft.add_line((spoke.at, end), spoke.class, role, quarter, spoke.strand));
            }
            if spoke.radial.is_some() {
                self.town_signs.push(end);
                let far_m = self.border_at_m(spoke.angle) * self.dice.range(0.98, 1.0);
                let border = self.draft.add_point(self.on_bank(side, spoke.angle, far_m));
                let strand = self.draft.new_strand();
                let line = self.draft.add_line((end, border), spoke.class, Role::Rural, Quarter::Open, strand);
                self.borders.push((border, line));
            }
            arms.push(arm);
            ends.push(end);
        }
        for i in 0..n - 1 {
            self.wedge(
                side,
                [spokes[i], spokes[i + 1]],
                [arms[i], arms[i + 1]],
                [ends[i], ends[i + 1]],
                chords[i],
                (quarters[i], extents[i]),
            );
        }
    }

    /// One wedge of the edge: built up to its extent, fields beyond.
    fn wedge(
        &mut self,
        side: f64,
        spokes: [Spoke; 2],
        arms: [Option<Line>; 2],
        ends: [Point; 2],
        chord: Line,
        (quarter, extent_m): (Quarter, f64),
    ) {
        let far =
            spokes.map(|spoke| self.draft.add_point(self.on_bank(side, spoke.angle, self.border_at_m(spoke.angle))));
        let mut inner = [spokes[0].at, spokes[1].at];
        let built = quarter.is_built() && (arms[0].is_some() || arms[1].is_some());
        if built {
            let edge = [0, 1].map(|i| {
                let end_m = self.reach_m(side, ends[i]);
                if arms[i].is_none() || (end_m - extent_m).abs() < 45.0 {
                    if arms[i].is_some() { ends[i] } else { spokes[i].at }
                } else {
                    let at_m = extent_m.max(self.reach_m(side, spokes[i].at) + 50.0).min(end_m);
                    self.draft.add_point(self.on_bank(side, spokes[i].angle, at_m))
                }
            });
            let with_street = self.dice.chance(0.45) && arms[0].is_some() && arms[1].is_some();
            let outer = if with_street {
                for i in 0..2 {
                    if let Some(arm) = arms[i] {
                        self.draft.join(arm, edge[i]);
                    }
                }
                let strand = self.draft.new_strand();
                let class = if matches!(quarter, Quarter::Industrial | Quarter::RetailPark) {
                    RoadClass::Unclassified
                } else {
                    RoadClass::Residential
                };
                Side::Street(self.draft.add_line((edge[0], edge[1]), class, Role::Edge, quarter, strand))
            } else {
                Side::Open
            };
            let outline = [spokes[0].at, edge[0], edge[1], spokes[1].at];
            let sides = [
                arms[0].map_or(Side::Open, Side::Street),
                outer,
                arms[1].map_or(Side::Open, Side::Street),
                Side::Street(chord),
            ];
            self.push_cell(side, &outline, &sides, quarter);
            inner = edge;
        }
        // Wide wedges bulge, so that the map has no chords cut off its corners.
        let mut outline = vec![inner[0], far[0]];
        let n_bulge = ((spokes[1].angle - spokes[0].angle) / 0.16) as usize;
        for i in 1..=n_bulge {
            let angle = spokes[0].angle + (spokes[1].angle - spokes[0].angle) * i as f64 / (n_bulge + 1) as f64;
            outline.push(self.draft.add_point(self.on_bank(side, angle, self.border_at_m(angle))));
        }
        outline.extend([far[1], inner[1]]);
        let n_cells = self.cells.len();
        let open = vec![Side::Open; outline.len()];
        self.push_cell(side, &outline, &open, Quarter::Open);
        let field = self.cells.split_off(n_cells);
        self.fields.extend(field);
    }

    fn reach_m(&self, side: f64, point: Point) -> f64 {
        distance_m(self.draft.at(point), coord! { x: 0.0, y: side * self.bank_m })
    }

    fn push_cell(&mut self, side: f64, outline: &[Point], sides: &[Side], quarter: Quarter) {
        let n = outline.len();
        // Drawn from the inner corner of the near spoke outward: counter-clockwise north of the river, else clockwise.
        let mut corners: Vec<Corner> = if side > 0.0 {
            (0..n).map(|i| Corner { point: outline[i], side: sides[i] }).collect()
        } else {
            (0..n).rev().map(|i| Corner { point: outline[i], side: sides[(i + n - 1) % n] }).collect()
        };
        corners.dedup_by_key(|corner| corner.point);
        if corners.len() > 1 && corners[0].point == corners[corners.len() - 1].point {
            corners.pop();
        }
        let cell = Cell { corners, quarter, stubs: Vec::new() };
        if cell.corners.len() >= 3 && area_m2(&self.draft.outline(&cell)) > 600.0 {
            self.cells.push(cell);
        }
    }

    fn quarter(&mut self, side: f64, angle: f64, radius_m: f64, edge: bool) -> Quarter {
        let population = self.brief.population;
        let share = radius_m / self.brief.radius_m;
        let degrees = angle.to_degrees();
        let at = self.dice.unit();
        if population >= 3_000 {
            let downstream = if side > 0.0 { degrees < 30.0 } else { degrees < 34.0 && population >= 20_000 };
            if downstream && (share > 0.55 || (population < 12_000 && edge)) {
                return Quarter::Industrial;
            }
            if side > 0.0 && population >= 60_000 && degrees > 152.0 && share > 0.6 {
                return Quarter::Industrial;
            }
            if self.retail_owed && edge && side < 0.0 && degrees < 100.0 {
                self.retail_owed = false;
                return Quarter::RetailPark;
            }
            if self.estate_owed && share > 0.5 && degrees > 95.0 {
                self.estate_owed = false;
                return Quarter::Estate;
            }
        } else if population >= 1_500 && side < 0.0 && edge && degrees < 60.0 {
            return Quarter::Industrial;
        }
        if edge && at < 0.08 && population >= 2_500 {
            return Quarter::Open;
        }
        let at = self.dice.unit();
        let table: &[(f64, Quarter)] = match () {
            () if population < 1_500 => {
                if degrees > 60.0 && degrees < 95.0 {
                    &[(1.0, Quarter::NewHouses)]
                } else {
                    &[(0.4, Quarter::Village), (1.0, Quarter::Houses)]
                }
            }
            () if population < 10_000 => {
                if share < 0.5 {
                    &[(0.35, Quarter::Village), (1.0, Quarter::Houses)]
                } else {
                    &[(0.15, Quarter::Rows), (0.68, Quarter::Houses), (1.0, Quarter::NewHouses)]
                }
            }
            () if share < if population > 200_000 { 0.42 } else { 0.34 } => {
                &[(0.74, Quarter::Gruenderzeit), (0.9, Quarter::Rows), (1.0, Quarter::Houses)]
            }
            () if share < 0.72 => {
                &[(0.12, Quarter::Gruenderzeit), (0.4, Quarter::Rows), (0.54, Quarter::Estate), (1.0, Quarter::Houses)]
            }
            () => &[(0.12, Quarter::Rows), (0.24, Quarter::Estate), (0.66, Quarter::Houses), (1.0, Quarter::NewHouses)],
        };
        table.iter().find(|(limit, _)| at <= *limit).map_or(Quarter::Houses, |(_, quarter)| *quarter)
    }

    /// Bridges where rings meet the banks: none more in a small town, so that its one bridge matters.
    fn bridges(&mut self) {
        let population = self.brief.population;
        let rings = self.ring_banks.clone();
        for (k, ring) in rings.iter().enumerate() {
            if ring[2].0.is_nan() {
                continue;
            }
            let (east, west) = match population {
                0..=5_000 => (false, false),
                5_001..=19_999 => (false, k == 1),
                20_000..=99_999 => (k == 1, k == 1 || k == 3),
                _ => (k == 0 || k % 2 == 1, k == 0 || k % 2 == 1),
            };
            for (wanted, north, south) in [(east, ring[0].1, ring[2].1), (west, ring[1].1, ring[3].1)] {
                if wanted {
                    let strand = self.draft.new_strand();
                    self.draft.add_line((north, south), RoadClass::Secondary, Role::Bridge, Quarter::Houses, strand);
                }
            }
        }
    }

    fn finish(mut self, rings_m: &[f64], market: Vec<Point>) -> Plan {
        let rail_y = (self.brief.population >= 1_500).then(|| self.choose_rail(rings_m));
        if let Some(y) = rail_y {
            for edge_y in [y - 11.0, y + 11.0] {
                self.clip(edge_y);
            }
            let draft = &self.draft;
            self.cells.retain(|cell| {
                let outline = draft.outline(cell);
                let hull = hull(&outline);
                (middle(&outline).y - y).abs() > 11.0 && hull.depth_m > 16.0
            });
        }
        let mut blocks = Vec::new();
        for cell in std::mem::take(&mut self.cells) {
            subdivide(&mut self.draft, cell, &mut self.dice, &mut blocks);
        }
        for block in &mut blocks {
            self.add_stub(block);
        }
        let roundabouts = self.roundabouts();
        self.tracks(rail_y);
        let motorways = self.motorways();
        let mut fields = Vec::new();
        for field in std::mem::take(&mut self.fields) {
            self.cut_field(field, &mut fields);
        }
        Plan {
            draft: self.draft,
            blocks,
            fields,
            market,
            borders: self.borders,
            roundabouts,
            motorways,
            rail_y,
            bank_m: self.bank_m,
            core_m: self.core_m,
            border_m: self.border_m,
        }
    }

    /// The railway keeps off the junctions of the main streets.
    fn choose_rail(&mut self, rings_m: &[f64]) -> f64 {
        let outer_m = rings_m.get(1).copied().unwrap_or(self.brief.radius_m * 0.8);
        let (low, high) = (self.bank_m + 1.08 * rings_m[0] + 20.0, self.bank_m + outer_m.max(1.3 * rings_m[0] + 40.0));
        (0..40)
            .map(|i| low + (high - low) * f64::from(i) / 39.0)
            .map(|y| (self.draft.points.iter().map(|p| (p.y - y).abs()).fold(60.0, f64::min), y))
            .fold((-1.0, low), |best, here| if here.0 > best.0 + 1e-9 { here } else { best })
            .1
    }

    fn clip(&mut self, y: f64) {
        let how = Split { class: None, role: Role::Inner, snap_m: 0.0, corner_m: 0.0 };
        for cell in std::mem::take(&mut self.cells) {
            match self.draft.split(&cell, coord! { x: 0.0, y: y }, coord! { x: 1.0, y: 0.0 }, how) {
                Some((a, b, _)) => self.cells.extend([a, b]),
                None => self.cells.push(cell),
            }
        }
    }
}
