//! Houses: what stands on a block, by its quarter and use.
//!
//! Long: one function per kind of quarter, side by side to be compared.

mod landmark;

use geo_types::{Coord, coord};
use rayon::prelude::*;
use twin::building::{BuildingUse, RoofShape};

use crate::{
    dice::Dice,
    draft::{Hull, Line, Role, Side, hull, middle},
    dressing::dressing,
    plan::Plan,
    programme::{BlockUse, Programme},
    quarter::Quarter,
    site::Site,
    yard::{Front, Ground, Yard, oriented},
};

/// A building before it has a key.
#[derive(Clone, Debug)]
pub(crate) struct House {
    pub(crate) ground: Vec<Coord<f64>>,
    pub(crate) usage: BuildingUse,
    pub(crate) name: Option<String>,
    pub(crate) levels: f64,
    pub(crate) roof: RoofShape,
    pub(crate) roof_m: f64,
    pub(crate) storey_m: f64,
    pub(crate) year: i32,
    pub(crate) dwellings: f64,
    pub(crate) jobs: f64,
    /// Its door: street line, share along it, left of it, position.
    pub(crate) door: Option<(Line, f64, bool, Coord<f64>)>,
    pub(crate) block: u32,
    pub(crate) quarter: Quarter,
}

/// Form of a building to place.
#[derive(Clone, Copy, Debug)]
struct Form {
    usage: BuildingUse,
    levels: f64,
    roof: RoofShape,
    roof_m: f64,
    year: i32,
}

/// Builds on every block.
pub(crate) fn build(site: &Site, plan: &Plan, programme: &Programme, seed: u64, population: u32) -> Vec<House> {
    let blocks: Vec<Vec<House>> = plan
        .blocks
        .par_iter()
        .enumerate()
        .map(|(index, block)| {
            let mut fronts: Vec<Front> = Vec::new();
            let n = block.corners.len();
            for i in 0..n {
                let (a, b) = (block.corners[i].point, block.corners[(i + 1) % n].point);
                let (from, to) = (plan.draft.at(a), plan.draft.at(b));
                let axis = site.course(from, to, 11.0);
                fronts.push(match block.corners[i].side {
                    Side::Street(line) => {
                        let shares = (plan.draft.share(line, from), plan.draft.share(line, to));
                        let clear_m = dressing(&plan.draft.lines[line as usize], population).clear_m;
                        Front::new(axis, clear_m, Some((line, shares.0, shares.1)))
                    }
                    Side::Open => Front::new(axis, 3.0, None),
                });
            }
            for &stub in &block.stubs {
                let (from, to) = plan.draft.line_ends(stub);
                let line = &plan.draft.lines[stub as usize];
                let clear_m = dressing(line, population).clear_m;
                if line.role == Role::Path {
                    let mut path = Front::new(site.course(from, to, 11.0), clear_m, None);
                    path.built = false;
                    fronts.push(path);
                    continue;
                }
                fronts.push(Front::new(site.course(to, from, 11.0), clear_m, Some((stub, 1.0, 0.0))));
                fronts.push(Front::new(site.course(from, to, 11.0), clear_m, Some((stub, 0.0, 1.0))));
            }
            let mut yard = Yard::new(fronts, n);
            for &stub in &block.stubs {
                let (_, to) = plan.draft.line_ends(stub);
                yard.kept_free.push((site.position(to), 7.5));
            }
            for corner in block.corners.iter().filter(|corner| plan.roundabouts.contains(&corner.point)) {
                yard.kept_free.push((site.position(plan.draft.at(corner.point)), 22.0));
            }
            let mut builder = Builder {
                dice: Dice::new(seed, 1_000 + index as u64),
                yard,
                block: index as u32,
                quarter: block.quarter,
                population,
                houses: Vec::new(),
            };
            builder.build(programme.uses[index]);
            builder.houses
        })
        .collect();
    blocks.into_iter().flatten().collect()
}

struct Builder {
    dice: Dice,
    yard: Yard,
    block: u32,
    quarter: Quarter,
    population: u32,
    houses: Vec<House>,
}

impl Builder {
    fn build(&mut self, usage: BlockUse) {
        match usage {
            BlockUse::Built => self.quarter(),
            BlockUse::Mixed(kind) => {
                self.landmark(kind);
                self.quarter();
            }
            BlockUse::Landmark(kind) => self.landmark(kind),
            BlockUse::Green(_) | BlockUse::Field => {}
        }
    }

    fn quarter(&mut self) {
        match self.quarter {
            Quarter::OldTown => self.closed_rows((7.0, 12.5), (9.5, 12.5), 0.0),
            Quarter::Gruenderzeit => self.closed_rows((14.0, 21.0), (11.5, 13.0), 0.0),
            Quarter::Village => self.farmsteads(),
            Quarter::Houses => self.detached(),
            Quarter::NewHouses => self.new_houses(),
            Quarter::Rows => self.rows(),
            Quarter::Estate => self.estate(),
            Quarter::Industrial => self.halls((26.0, 84.0), (22.0, 52.0), BuildingUse::Industrial),
            Quarter::RetailPark => self.halls((40.0, 90.0), (28.0, 48.0), BuildingUse::Retail),
            Quarter::Open => {}
        }
    }

    fn closed_rows(&mut self, widths_m: (f64, f64), depths_m: (f64, f64), setback_m: f64) {
        let old = self.quarter == Quarter::OldTown;
        for front in 0..self.yard.fronts.len() {
            if !self.yard.fronts[front].built {
                continue;
            }
            let length_m = self.yard.fronts[front].length_m();
            let depth_m = self.dice.range(depths_m.0, depths_m.1);
            let mut along_m = 3.0;
            while along_m < length_m - 3.0 - widths_m.0 * 0.7 {
                if self.dice.chance(if old { 0.035 } else { 0.05 }) {
                    along_m += self.dice.range(3.0, 6.0); // a passage to the yard
                }
                let width_m = self.dice.range(widths_m.0, widths_m.1);
                let deep_m = depth_m + self.dice.range(-1.2, 1.2);
                let mut placed = false;
                for shrink in [1.0, 0.75, 0.55, 0.4] {
                    let to_m = along_m + width_m * shrink;
                    if to_m > length_m - 1.0 {
                        continue;
                    }
                    let ground = self.yard.slice(front, along_m, to_m, deep_m * (0.35 + 0.65 * shrink), setback_m);
                    if is_sound(&ground) && self.yard.place(ground, -0.02, 0.0) {
                        let form = self.row_form(old);
                        self.raise(&ground, form, Some((front, 0.5 * (along_m + to_m))));
                        along_m = to_m;
                        placed = true;
                        break;
                    }
                }
                if !placed {
                    along_m += 1.5;
                }
            }
        }
        self.backyard(if old { 3 } else { 5 });
    }

    fn row_form(&mut self, old: bool) -> Form {
        if old {
            let usage = match self.dice.unit() {
                u if u < 0.16 => BuildingUse::Retail,
                u if u < 0.19 => BuildingUse::Hotel,
                u if u < 0.24 => BuildingUse::Office,
                _ => BuildingUse::Apartments,
            };
            let levels = *self.dice.pick(&[2.0, 3.0, 3.0, 3.0, 4.0]);
            let roof = if self.dice.chance(0.86) { RoofShape::Gabled } else { RoofShape::HalfHipped };
            Form {
                usage,
                levels,
                roof,
                roof_m: self.dice.range(3.8, 5.4),
                year: self.dice.range(1480.0, 1870.0) as i32,
            }
        } else {
            let tall = if self.population > 150_000 {
                5.0
            } else if self.population > 30_000 {
                4.0
            } else {
                3.0
            };
            let usage = match self.dice.unit() {
                u if u < 0.05 => BuildingUse::Retail,
                u if u < 0.10 => BuildingUse::Office,
                _ => BuildingUse::Apartments,
            };
            let roof = *self.dice.pick(&[RoofShape::Gabled, RoofShape::Gabled, RoofShape::Mansard]);
            let levels = tall - if self.dice.chance(0.25) { 1.0 } else { 0.0 };
            Form {
                usage,
                levels,
                roof,
                roof_m: self.dice.range(3.0, 4.2),
                year: self.dice.range(1872.0, 1914.0) as i32,
            }
        }
    }

    /// Sheds, workshops and rear buildings in the yard.
    fn backyard(&mut self, n: usize) {
        let hull = hull(&self.yard.outline);
        for _ in 0..n {
            let center = self.somewhere(&hull, 0.5);
            let ground = oriented(center, hull.along, self.dice.range(5.0, 11.0), self.dice.range(4.0, 7.0));
            if self.yard.place(ground, 1.5, 6.0) {
                let form =
                    Form { usage: BuildingUse::Shed, levels: 1.0, roof: RoofShape::Skillion, roof_m: 0.8, year: 1930 };
                self.raise(&ground, form, None);
            }
        }
    }

    fn somewhere(&mut self, hull: &Hull, spread: f64) -> Coord<f64> {
        let (u, v) =
            (self.dice.range(-spread, spread) * hull.length_m, self.dice.range(-spread, spread) * hull.depth_m);
        coord! {
            x: hull.middle.x + hull.along.x * u - hull.along.y * v,
            y: hull.middle.y + hull.along.y * u + hull.along.x * v,
        }
    }

    fn farmsteads(&mut self) {
        for front in 0..self.yard.fronts.len() {
            if !self.yard.fronts[front].built {
                continue;
            }
            let length_m = self.yard.fronts[front].length_m();
            let mut along_m = 9.0;
            while along_m < length_m - 8.0 {
                let (width_m, depth_m) = (self.dice.range(8.5, 12.0), self.dice.range(10.0, 15.0));
                let setback_m = self.dice.range(0.3, 3.5);
                let ground = self.yard.rectangle(front, along_m, width_m, depth_m, setback_m);
                if !self.yard.place(ground, 4.0, 0.0) {
                    along_m += 2.5;
                    continue;
                }
                let farm = self.dice.chance(0.34);
                let form = Form {
                    usage: if farm { BuildingUse::Farm } else { BuildingUse::House },
                    levels: 2.0,
                    roof: if self.dice.chance(0.8) { RoofShape::Gabled } else { RoofShape::HalfHipped },
                    roof_m: self.dice.range(3.8, 5.0),
                    year: self.dice.range(1740.0, 1935.0) as i32,
                };
                self.raise(&ground, Form { usage: BuildingUse::House, ..form }, Some((front, along_m)));
                if farm || self.dice.chance(0.4) {
                    let (w, d) = if farm { (self.dice.range(14.0, 22.0), 10.0) } else { (7.0, 6.0) };
                    let barn =
                        self.yard.rectangle(front, along_m, w, d, setback_m + depth_m + self.dice.range(3.5, 9.0));
                    if self.yard.place(barn, 1.0, 1.5) {
                        let usage = if farm { BuildingUse::Farm } else { BuildingUse::Shed };
                        self.raise(&barn, Form { usage, levels: if farm { 1.5 } else { 1.0 }, ..form }, None);
                    }
                }
                along_m += width_m + self.dice.range(7.0, 14.0);
            }
        }
    }

    fn detached(&mut self) {
        let (year, spread) = (self.dice.range(1932.0, 1984.0), 7.0);
        let setback_m = self.dice.range(3.5, 6.5);
        let roof = *self.dice.pick(&[RoofShape::Gabled, RoofShape::Gabled, RoofShape::Gabled, RoofShape::Hipped]);
        for front in 0..self.yard.fronts.len() {
            if !self.yard.fronts[front].built {
                continue;
            }
            let length_m = self.yard.fronts[front].length_m();
            let mut along_m = 12.0;
            while along_m < length_m - 10.0 {
                let double = self.dice.chance(0.16);
                let width_m = if double { self.dice.range(15.0, 18.0) } else { self.dice.range(9.5, 13.5) };
                let depth_m = self.dice.range(9.0, 11.5);
                let back_m = setback_m + self.dice.range(-0.8, 1.2);
                let ground = self.yard.rectangle(front, along_m, width_m, depth_m, back_m);
                if !self.yard.place(ground, 6.0, 1.0) {
                    along_m += 2.5;
                    continue;
                }
                let multi = self.dice.chance(0.12);
                let form = Form {
                    usage: if multi { BuildingUse::Apartments } else { BuildingUse::House },
                    levels: if multi { 3.0 } else { *self.dice.pick(&[1.0, 2.0, 2.0]) },
                    roof,
                    roof_m: self.dice.range(2.8, 4.4),
                    year: (year + self.dice.range(-spread, spread)) as i32,
                };
                self.raise(&ground, form, Some((front, along_m)));
                self.garage(front, along_m + 0.5 * width_m + 2.4, back_m, form.year);
                along_m += width_m + self.dice.range(8.0, 13.0);
            }
        }
        self.garden_sheds(3);
    }

    fn garage(&mut self, front: usize, along_m: f64, setback_m: f64, year: i32) {
        if self.dice.chance(0.62) && along_m < self.yard.fronts[front].length_m() - 4.0 {
            let ground = self.yard.rectangle(front, along_m, 3.2, 6.0, setback_m + 0.8);
            if self.yard.place(ground, 0.5, 0.5) {
                let form = Form { usage: BuildingUse::Garage, levels: 1.0, roof: RoofShape::Flat, roof_m: 0.0, year };
                self.raise(&ground, form, None);
            }
        }
    }

    fn garden_sheds(&mut self, n: usize) {
        let hull = hull(&self.yard.outline);
        for _ in 0..n {
            let center = self.somewhere(&hull, 0.35);
            let ground = oriented(center, hull.along, self.dice.range(2.5, 4.5), self.dice.range(2.2, 3.2));
            if self.yard.place(ground, 2.0, 9.0) {
                let form =
                    Form { usage: BuildingUse::Shed, levels: 1.0, roof: RoofShape::Gabled, roof_m: 0.9, year: 1985 };
                self.raise(&ground, form, None);
            }
        }
    }

    fn new_houses(&mut self) {
        let year = self.dice.range(1996.0, 2021.0);
        for front in 0..self.yard.fronts.len() {
            if !self.yard.fronts[front].built {
                continue;
            }
            let length_m = self.yard.fronts[front].length_m();
            let mut along_m = 11.0;
            let setback_m = self.dice.range(3.0, 5.0);
            while along_m < length_m - 9.0 {
                if self.dice.chance(0.13) && self.terrace(front, &mut along_m, setback_m, year as i32) {
                    continue;
                }
                let (width_m, depth_m) = (self.dice.range(9.0, 12.0), self.dice.range(9.0, 11.0));
                let ground = self.yard.rectangle(front, along_m, width_m, depth_m, setback_m);
                if !self.yard.place(ground, 6.0, 1.0) {
                    along_m += 2.5;
                    continue;
                }
                let form = Form {
                    usage: BuildingUse::House,
                    levels: 2.0,
                    roof: *self.dice.pick(&[
                        RoofShape::Gabled,
                        RoofShape::Gabled,
                        RoofShape::Pyramidal,
                        RoofShape::Hipped,
                        RoofShape::Skillion,
                        RoofShape::Flat,
                    ]),
                    roof_m: self.dice.range(1.8, 3.6),
                    year: (year + self.dice.range(-3.0, 3.0)) as i32,
                };
                self.raise(&ground, form, Some((front, along_m)));
                self.garage(front, along_m + 0.5 * width_m + 2.4, setback_m, form.year);
                along_m += width_m + self.dice.range(7.5, 11.0);
            }
        }
    }

    fn terrace(&mut self, front: usize, along_m: &mut f64, setback_m: f64, year: i32) -> bool {
        let n = 3 + self.dice.below(4);
        let mut done = 0;
        for _ in 0..n {
            let to_m = *along_m + 6.2;
            if to_m > self.yard.fronts[front].length_m() - 8.0 {
                break;
            }
            let ground = self.yard.slice(front, *along_m, to_m, 11.0, setback_m);
            let gap_m = if done == 0 { 5.0 } else { -0.02 };
            if !is_sound(&ground) || !self.yard.place(ground, gap_m, 1.0) {
                break;
            }
            let form = Form { usage: BuildingUse::Terrace, levels: 2.0, roof: RoofShape::Gabled, roof_m: 3.2, year };
            self.raise(&ground, form, Some((front, *along_m + 3.1)));
            *along_m = to_m;
            done += 1;
        }
        *along_m += if done > 0 { 12.0 } else { 0.0 };
        done > 0
    }

    /// Rows of the 1950s, gable ends toward the longer street.
    fn rows(&mut self) {
        let hull = hull(&self.yard.outline);
        let (width_m, depth_m) = (self.dice.range(38.0, 58.0), self.dice.range(10.0, 11.0));
        let form = Form {
            usage: BuildingUse::Apartments,
            levels: *self.dice.pick(&[3.0, 3.0, 3.0, 4.0]),
            roof: RoofShape::Gabled,
            roof_m: 2.8,
            year: self.dice.range(1950.0, 1966.0) as i32,
        };
        self.grid(&hull, (depth_m, width_m), (17.0, 9.0), form, 3.0);
    }

    fn estate(&mut self) {
        let hull = hull(&self.yard.outline);
        let tower = self.dice.chance(0.4);
        let levels =
            if tower { *self.dice.pick(&[8.0, 9.0, 11.0, 12.0]) } else { *self.dice.pick(&[4.0, 5.0, 6.0, 8.0]) };
        let levels = if self.population < 15_000 { f64::min(levels, 5.0) } else { levels };
        let form = Form {
            usage: BuildingUse::Apartments,
            levels,
            roof: RoofShape::Flat,
            roof_m: 0.0,
            year: self.dice.range(1964.0, 1981.0) as i32,
        };
        let size_m = if tower { (22.0, 20.0) } else { (self.dice.range(46.0, 72.0), 12.5) };
        let apart_m = if tower { (34.0, 30.0) } else { (16.0, 30.0) };
        self.grid(&hull, size_m, apart_m, form, 6.0);
        let garages =
            Form { usage: BuildingUse::Garage, levels: 1.0, roof: RoofShape::Flat, roof_m: 0.0, year: form.year };
        for _ in 0..4 {
            let ground = oriented(self.somewhere(&hull, 0.45), hull.along, 30.0, 6.0);
            if self.yard.place(ground, 8.0, 2.0) {
                self.raise(&ground, garages, None);
            }
        }
    }

    fn halls(&mut self, widths_m: (f64, f64), depths_m: (f64, f64), usage: BuildingUse) {
        let hull = hull(&self.yard.outline);
        for front in 0..self.yard.fronts.len() {
            if !self.yard.fronts[front].built {
                continue;
            }
            let length_m = self.yard.fronts[front].length_m();
            let mut along_m = 24.0;
            while along_m < length_m - 20.0 {
                let (width_m, depth_m) =
                    (self.dice.range(widths_m.0, widths_m.1), self.dice.range(depths_m.0, depths_m.1));
                let setback_m =
                    if usage == BuildingUse::Retail { self.dice.range(22.0, 38.0) } else { self.dice.range(5.0, 14.0) };
                let ground = self.yard.rectangle(front, along_m, width_m, depth_m, setback_m);
                if self.yard.place(ground, 9.0, 3.0) {
                    let form = self.hall_form(usage);
                    self.raise(&ground, form, Some((front, along_m)));
                    along_m += width_m + self.dice.range(10.0, 22.0);
                } else {
                    along_m += 6.0;
                }
            }
        }
        for _ in 0..14 {
            let (width_m, depth_m) = (self.dice.range(widths_m.0, widths_m.1), self.dice.range(depths_m.0, depths_m.1));
            let ground = oriented(self.somewhere(&hull, 0.45), hull.along, width_m, depth_m);
            if usage != BuildingUse::Retail && self.yard.place(ground, 12.0, 6.0) {
                let form = self.hall_form(usage);
                self.raise(&ground, form, None);
            }
        }
    }

    fn hall_form(&mut self, usage: BuildingUse) -> Form {
        let year = self.dice.range(1955.0, 2020.0) as i32;
        let flat = self.dice.chance(0.62);
        let usage = match self.dice.unit() {
            u if usage == BuildingUse::Industrial && u < 0.22 => BuildingUse::Warehouse,
            u if usage == BuildingUse::Industrial && u < 0.36 => BuildingUse::Commercial,
            u if usage == BuildingUse::Industrial && u < 0.43 => BuildingUse::Office,
            _ => usage,
        };
        let levels = if usage == BuildingUse::Office { 3.0 } else { *self.dice.pick(&[1.0, 1.0, 2.0]) };
        let roof = if flat { RoofShape::Flat } else { RoofShape::Gabled };
        Form { usage, levels, roof, roof_m: if flat { 0.0 } else { 2.2 }, year }
    }

    /// Equal buildings on a grid over the block; the first number along the block, the second across.
    fn grid(&mut self, hull: &Hull, size_m: (f64, f64), apart_m: (f64, f64), form: Form, off_m: f64) {
        let pitch = (size_m.0 + apart_m.0, size_m.1 + apart_m.1);
        let n = ((hull.length_m / pitch.0).floor().max(1.0), (hull.depth_m / pitch.1).floor().max(1.0));
        for i in 0..n.0 as usize {
            for j in 0..n.1 as usize {
                for nudge in [0.0, 6.0, -6.0] {
                    let u = (i as f64 - 0.5 * (n.0 - 1.0)) * hull.length_m / n.0 + nudge;
                    let v = (j as f64 - 0.5 * (n.1 - 1.0)) * hull.depth_m / n.1;
                    let center = coord! {
                        x: hull.middle.x + hull.along.x * u - hull.along.y * v,
                        y: hull.middle.y + hull.along.y * u + hull.along.x * v,
                    };
                    let mut done = false;
                    for shrink in [1.0, 0.72, 0.5] {
                        let (w, d) = if size_m.0 > size_m.1 {
                            (size_m.0 * shrink, size_m.1)
                        } else {
                            (size_m.0, size_m.1 * shrink)
                        };
                        let ground = oriented(center, hull.along, w, d);
                        if self.yard.place(ground, 7.0, off_m) {
                            self.raise(&ground, form, None);
                            done = true;
                            break;
                        }
                    }
                    if done {
                        break;
                    }
                }
            }
        }
    }

    fn raise(&mut self, ground: &Ground, form: Form, front: Option<(usize, f64)>) {
        let is_annex = form.usage == BuildingUse::Farm && front.is_none();
        let addressed = !is_annex && !matches!(form.usage, BuildingUse::Garage | BuildingUse::Shed);
        let center = middle(ground);
        let door = if addressed { front.or_else(|| self.yard.nearest_front(center)) } else { None };
        let door = door.and_then(|(front, along_m)| {
            let front = &self.yard.fronts[front];
            let (line, share) = front.share(along_m)?;
            let (axis, _) = front.at(along_m);
            // The door is in the wall that faces the street.
            let face = (0..4)
                .map(|i| crate::site::lerp(ground[i], ground[(i + 1) % 4], 0.5))
                .min_by(|a, b| crate::site::distance_m(*a, axis).total_cmp(&crate::site::distance_m(*b, axis)))?;
            Some((line, share, front.is_left(), crate::site::lerp(face, center, 0.12)))
        });
        let area = crate::draft::area_m2(ground).abs();
        let floor_m2 = area * form.levels * 0.8;
        let dwellings = match form.usage {
            BuildingUse::House => {
                if area > 150.0 {
                    2.0
                } else {
                    1.0 + f64::from(u8::from(form.levels > 1.0 && area > 125.0))
                }
            }
            BuildingUse::Terrace => 1.0,
            BuildingUse::Apartments => {
                (floor_m2 / if self.quarter == Quarter::OldTown { 92.0 } else { 76.0 }).round().max(2.0)
            }
            BuildingUse::Retail | BuildingUse::Office
                if self.quarter == Quarter::OldTown || self.quarter == Quarter::Gruenderzeit =>
            {
                (0.6 * floor_m2 / 85.0).floor()
            }
            _ => 0.0,
        };
        let per_m2 = match form.usage {
            BuildingUse::Industrial => 1.0 / 85.0,
            BuildingUse::Warehouse => 1.0 / 180.0,
            BuildingUse::Commercial => 1.0 / 60.0,
            BuildingUse::Office => {
                if dwellings > 0.0 {
                    1.0 / 70.0
                } else {
                    1.0 / 28.0
                }
            }
            BuildingUse::Retail => 1.0 / 75.0,
            BuildingUse::Hotel => 1.0 / 70.0,
            BuildingUse::School | BuildingUse::University => 1.0 / 95.0,
            BuildingUse::Kindergarten | BuildingUse::Public => 1.0 / 45.0,
            BuildingUse::Hospital => 1.0 / 34.0,
            BuildingUse::FireStation => 1.0 / 140.0,
            BuildingUse::Farm => 1.0 / 260.0,
            BuildingUse::Apartments if self.quarter == Quarter::OldTown => 1.0 / 240.0,
            BuildingUse::Apartments if self.quarter == Quarter::Gruenderzeit => 1.0 / 420.0,
            BuildingUse::House => 1.0 / 1100.0,
            _ => 0.0,
        };
        let storey_m = match form.usage {
            BuildingUse::Industrial | BuildingUse::Warehouse => 6.2,
            BuildingUse::Commercial => 4.0,
            BuildingUse::Retail if self.quarter == Quarter::RetailPark || form.levels == 1.0 => 5.2,
            BuildingUse::Church => 4.2,
            BuildingUse::Public | BuildingUse::School | BuildingUse::Hospital | BuildingUse::University => 3.7,
            BuildingUse::Garage | BuildingUse::Shed => 2.6,
            _ if self.quarter == Quarter::Gruenderzeit => 3.5,
            _ => 2.85,
        };
        self.houses.push(House {
            ground: ground.to_vec(),
            usage: form.usage,
            name: None,
            levels: form.levels,
            roof: form.roof,
            roof_m: form.roof_m,
            storey_m,
            year: form.year,
            dwellings,
            jobs: (floor_m2 * per_m2 * 10.0).round() / 10.0,
            door,
            block: self.block,
            quarter: self.quarter,
        });
    }
}

/// Whether a slice is a proper plan: counter-clockwise with no side turned round.
fn is_sound(ground: &Ground) -> bool {
    let cross = |i: usize| {
        let (a, b, c) = (ground[i], ground[(i + 1) % 4], ground[(i + 2) % 4]);
        (b.x - a.x) * (c.y - b.y) - (b.y - a.y) * (c.x - b.x)
    };
    (0..4).all(|i| cross(i) > 4.0)
}
