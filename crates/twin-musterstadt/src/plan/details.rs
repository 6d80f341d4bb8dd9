//! Details of the plan: dead ends and footpaths in blocks; roundabouts, farm tracks, motorways and fields outside.

use geo_types::{Coord, coord};
use twin::road::RoadClass;

use super::Drawing;
use crate::{
    draft::{Cell, Line, Point, Role, Side, Split, hull, normal},
    quarter::Quarter,
    site::{distance_m, lerp},
};

impl Drawing {
    /// A dead end into a deep block of a new quarter.
    pub(super) fn add_stub(&mut self, block: &mut Cell) {
        let outline = self.draft.outline(block);
        let hull = hull(&outline);
        let likely = match block.quarter {
            Quarter::NewHouses if hull.depth_m > 84.0 => 0.95,
            Quarter::Houses | Quarter::Village if hull.depth_m > 82.0 => 0.5,
            Quarter::Rows if hull.depth_m > 90.0 => 0.45,
            _ => 0.0,
        };
        if !self.dice.chance(likely) {
            return;
        }
        let n = block.corners.len();
        let longest = (0..n)
            .filter_map(|i| match block.corners[i].side {
                Side::Street(line) => Some((i, line, distance_m(outline[i], outline[(i + 1) % n]))),
                Side::Open => None,
            })
            .filter(|&(_, line, _)| {
                !matches!(self.draft.lines[line as usize].class, RoadClass::Primary | RoadClass::Secondary)
            })
            .max_by(|a, b| a.2.total_cmp(&b.2).then(b.0.cmp(&a.0)));
        let Some((i, line, length_m)) = longest else { return };
        if length_m < 90.0 {
            return;
        }
        let (a, b) = (outline[i], outline[(i + 1) % n]);
        let start = lerp(a, b, self.dice.range(0.42, 0.58));
        // Keep off other junctions of the same street.
        let crowded =
            self.draft.lines[line as usize].on.iter().any(|&(_, p)| distance_m(self.draft.at(p), start) < 26.0);
        if crowded {
            return;
        }
        let inward = normal(coord! { x: (b.x - a.x) / length_m, y: (b.y - a.y) / length_m });
        let depth_m = outline.iter().map(|p| (p.x - a.x) * inward.x + (p.y - a.y) * inward.y).fold(0.0, f64::max);
        let reach_m = (depth_m * 0.58).min(120.0);
        if reach_m < 38.0 {
            return;
        }
        let (from, to) = (
            self.draft.add_point(start),
            self.draft.add_point(coord! { x: start.x + inward.x * reach_m, y: start.y + inward.y * reach_m }),
        );
        self.draft.join(line, from);
        let strand = self.draft.new_strand();
        let class = if block.quarter == Quarter::NewHouses { RoadClass::LivingStreet } else { RoadClass::Residential };
        block.stubs.push(self.draft.add_line((from, to), class, Role::Stub, block.quarter, strand));
        if self.dice.chance(0.6) {
            self.footpath(block, &outline, to, inward);
        }
    }

    /// A footpath from a dead end to the street beyond.
    pub(super) fn footpath(&mut self, block: &mut Cell, outline: &[Coord<f64>], from: Point, toward: Coord<f64>) {
        let start = self.draft.at(from);
        let n = outline.len();
        let hit = (0..n).find_map(|i| {
            let (a, b) = (outline[i], outline[(i + 1) % n]);
            let offset = |p: Coord<f64>| (p.x - start.x) * toward.y - (p.y - start.y) * toward.x;
            let (u, v) = (offset(a), offset(b));
            if (u < 0.0) == (v < 0.0) {
                return None;
            }
            let at = lerp(a, b, u / (u - v));
            let ahead = (at.x - start.x) * toward.x + (at.y - start.y) * toward.y > 12.0;
            let off_corners = distance_m(at, a).min(distance_m(at, b)) > 14.0;
            match block.corners[i].side {
                Side::Street(line) if ahead && off_corners => Some((at, line)),
                _ => None,
            }
        });
        let Some((at, line)) = hit else { return };
        let near = self.draft.lines[line as usize]
            .on
            .iter()
            .map(|&(_, p)| distance_m(self.draft.at(p), at))
            .fold(f64::MAX, f64::min);
        if near < 10.0 {
            return;
        }
        let to = self.draft.add_point(at);
        self.draft.join(line, to);
        let strand = self.draft.new_strand();
        block.stubs.push(self.draft.add_line((from, to), RoadClass::Footway, Role::Path, block.quarter, strand));
    }

    /// Entrances of the town where three or more roads meet become roundabouts.
    pub(super) fn roundabouts(&mut self) -> Vec<Point> {
        if self.brief.population < 4_000 {
            return Vec::new();
        }
        let signs = self.town_signs.clone();
        signs
            .into_iter()
            .filter(|&sign| {
                let at = self.draft.at(sign);
                let arms: usize = self
                    .draft
                    .lines
                    .iter()
                    .filter_map(|line| line.on.iter().find(|(_, point)| *point == sign))
                    .map(|(share, _)| if *share > 0.001 && *share < 0.999 { 2 } else { 1 })
                    .sum();
                let lonely = self.draft.lines.iter().all(|line| {
                    let meets = line.on.iter().any(|(_, point)| *point == sign);
                    !meets
                        || line
                            .on
                            .iter()
                            .all(|(_, point)| *point == sign || distance_m(self.draft.at(*point), at) > 34.0)
                });
                arms >= 3 && lonely
            })
            .collect()
    }

    /// Farm tracks that go on where streets end at the edge of the town.
    pub(super) fn tracks(&mut self, rail_y: Option<f64>) {
        let mut uses = vec![0u8; self.draft.points.len()];
        for line in &self.draft.lines {
            for (_, point) in &line.on {
                uses[*point as usize] = uses[*point as usize].saturating_add(1);
            }
        }
        let dead: Vec<Point> = self
            .draft
            .lines
            .iter()
            .filter(|line| line.role == Role::Inner)
            .flat_map(|line| [line.ends.0, line.ends.1])
            .filter(|point| uses[*point as usize] == 1)
            .collect();
        for point in dead {
            let at = self.draft.at(point);
            let side = at.y.signum();
            let head = coord! { x: 0.0, y: side * self.bank_m };
            let reach_m = distance_m(at, head);
            let length_m = self.dice.range(140.0, 420.0).min(self.border_m - reach_m - 20.0);
            let outward = coord! { x: (at.x - head.x) / reach_m, y: (at.y - head.y) / reach_m };
            let to = coord! { x: at.x + outward.x * length_m, y: at.y + outward.y * length_m };
            let by_rail = rail_y.is_some_and(|y| (at.y - y).abs() < 40.0 || (at.y < y) != (to.y < y));
            if by_rail || reach_m < 0.5 * self.brief.radius_m || length_m < 60.0 || !self.dice.chance(0.55) {
                continue;
            }
            let end = self.draft.add_point(to);
            let strand = self.draft.new_strand();
            self.draft.add_line((point, end), RoadClass::Track, Role::Track, Quarter::Open, strand);
        }
    }

    /// A motorway past a city, with interchanges at its main roads.
    pub(super) fn motorways(&mut self) -> Vec<(f64, [Point; 4])> {
        let population = self.brief.population;
        let sides: &[f64] = if population >= 300_000 {
            &[1.0, -1.0]
        } else if population >= 60_000 {
            &[1.0]
        } else {
            &[]
        };
        sides.iter().map(|&side| self.motorway(side)).collect()
    }

    pub(super) fn motorway(&mut self, side: f64) -> (f64, [Point; 4]) {
        let y = side * (self.bank_m + 1.24 * self.brief.radius_m + 60.0);
        let x = 0.99 * self.border_m;
        let strand = self.draft.new_strand();
        // Keep right: eastward on the southern carriageway.
        let ends = [(-x, y - 14.0), (x, y - 14.0), (x, y + 14.0), (-x, y + 14.0)]
            .map(|(x, y)| self.draft.add_point(coord! { x: x, y: y }));
        let east = self.draft.add_line((ends[0], ends[1]), RoadClass::Motorway, Role::Motorway, Quarter::Open, strand);
        let west = self.draft.add_line((ends[2], ends[3]), RoadClass::Motorway, Role::Motorway, Quarter::Open, strand);
        let rural: Vec<Line> = (0..self.draft.lines.len() as Line)
            .filter(|&i| {
                let (a, b) = self.draft.line_ends(i);
                let line = &self.draft.lines[i as usize];
                let at = crossing(a, b, y);
                line.role == Role::Rural
                    && (a.y < y - 90.0) != (b.y < y - 90.0)
                    && (a.y < y + 90.0) != (b.y < y + 90.0)
                    && at.x.abs() < x - 500.0
                    && (b.y - a.y).abs() > 0.75 * distance_m(a, b)
            })
            .collect();
        let mut last_x = f64::MIN;
        let mut sorted = rural;
        sorted.sort_by(|&a, &b| {
            let at = |line: Line| {
                let (a, b) = self.draft.line_ends(line);
                crossing(a, b, y).x
            };
            at(a).total_cmp(&at(b)).then(a.cmp(&b))
        });
        for line in sorted {
            let (a, b) = self.draft.line_ends(line);
            let (south, north) = (crossing(a, b, y - 70.0), crossing(a, b, y + 70.0));
            if south.x.min(north.x) - 340.0 < last_x {
                continue;
            }
            last_x = south.x.max(north.x) + 340.0;
            for (carriageway, at, off_y, before) in [(east, south, y - 14.0, -280.0), (west, north, y + 14.0, 280.0)] {
                let foot = self.draft.add_point(at);
                self.draft.join(line, foot);
                let exit = self.draft.add_point(coord! { x: at.x + before, y: off_y });
                let entry = self.draft.add_point(coord! { x: at.x - before, y: off_y });
                for (from, to) in [(exit, foot), (foot, entry)] {
                    let strand = self.draft.new_strand();
                    self.draft.add_line((from, to), RoadClass::MotorwayLink, Role::Ramp, Quarter::Open, strand);
                }
                self.draft.join(carriageway, exit);
                self.draft.join(carriageway, entry);
            }
        }
        (y, ends)
    }

    pub(super) fn cut_field(&mut self, field: Cell, fields: &mut Vec<Cell>) {
        let size_m = (self.brief.radius_m * 0.16).clamp(190.0, 640.0);
        let how = Split { class: None, role: Role::Track, snap_m: 0.0, corner_m: 0.0 };
        let mut open = vec![field];
        while let Some(cell) = open.pop() {
            let hull = hull(&self.draft.outline(&cell));
            if hull.length_m < size_m * self.dice.range(0.9, 1.7) {
                fields.push(cell);
                continue;
            }
            let share = self.dice.range(-0.16, 0.16) * hull.length_m;
            let through = coord! { x: hull.middle.x + hull.along.x * share, y: hull.middle.y + hull.along.y * share };
            let turn = self.dice.range(-0.2, 0.2);
            let n = normal(hull.along);
            let toward = coord! { x: n.x * turn.cos() - n.y * turn.sin(), y: n.x * turn.sin() + n.y * turn.cos() };
            match self.draft.split(&cell, through, toward, how) {
                Some((a, b, _)) => open.extend([a, b]),
                None => fields.push(cell),
            }
        }
    }
}

/// Where a line meets a plan height.
fn crossing(a: Coord<f64>, b: Coord<f64>, y: f64) -> Coord<f64> {
    lerp(a, b, (y - a.y) / (b.y - a.y))
}
