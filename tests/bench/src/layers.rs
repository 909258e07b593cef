//! The graph that is measured: layers of a hundred, each resource on some of the layer before.

use std::fmt;

/// How many resources a layer has.
pub(crate) const WIDTH: usize = 100;

/// How many resources of the layer before a resource depends on. Odd strides that share no factor with [`WIDTH`] give three
/// different ones, and each resource of a layer is needed by three of the next.
const STRIDES: [usize; 3] = [1, 37, 71];

/// A graph of resources, numbered from 0, layer by layer.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Layers {
    /// How many resources there are.
    pub(crate) resources: usize,
}

impl Layers {
    /// The resources that one depends on, in order.
    pub(crate) fn dependencies(self, number: usize) -> Vec<usize> {
        let (layer, place) = (number / WIDTH, number % WIDTH);
        let Some(before) = layer.checked_sub(1) else { return Vec::new() };
        let mut dependencies: Vec<_> =
            STRIDES.iter().map(|stride| before * WIDTH + (place * 3 + stride) % WIDTH).collect();
        dependencies.sort_unstable();
        dependencies
    }

    /// How many dependencies there are in all.
    pub(crate) fn edges(self) -> usize {
        (0..self.resources).map(|number| self.dependencies(number).len()).sum()
    }

    /// How many layers there are.
    pub(crate) fn layers(self) -> usize {
        self.resources.div_ceil(WIDTH)
    }
}

impl fmt::Display for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} resources, {} edges, {} layers", self.resources, self.edges(), self.layers())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_depends_on_three_of_the_layer_before() {
        let layers = Layers { resources: 1000 };
        for number in 0..layers.resources {
            let dependencies = layers.dependencies(number);
            let distinct: BTreeSet<_> = dependencies.iter().collect();
            assert_eq!(distinct.len(), if number < WIDTH { 0 } else { STRIDES.len() }, "{number}");
            assert!(dependencies.iter().all(|other| other / WIDTH + 1 == number / WIDTH), "{number}");
        }
        assert_eq!(layers.edges(), 2700);
    }
}
