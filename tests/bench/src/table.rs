//! Numbers for people.

use std::time::Duration;

/// A duration in a unit that leaves three digits or so.
pub(crate) fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    match seconds {
        _ if seconds < 0.01 => format!("{:.1} ms", seconds * 1000.0),
        _ if seconds < 1.0 => format!("{:.0} ms", seconds * 1000.0),
        _ if seconds < 10.0 => format!("{seconds:.2} s"),
        _ if seconds < 100.0 => format!("{seconds:.1} s"),
        _ => format!("{seconds:.0} s"),
    }
}

/// Bytes as mebibytes.
pub(crate) fn mebibytes(bytes: u64) -> String {
    format!("{} MiB", bytes.div_ceil(1 << 20))
}

/// How many times as long, or as much.
pub(crate) fn times(of: f64, compared_with: f64) -> String {
    let ratio = of / compared_with;
    if ratio < 10.0 { format!("{ratio:.1}x") } else { format!("{ratio:.0}x") }
}

/// Prints a row of cells: the first to the left, the others to the right.
pub(crate) fn row(cells: &[&str], widths: &[usize]) {
    let cells = cells.iter().zip(widths).enumerate();
    let line: String = cells
        .map(
            |(column, (cell, &width))| {
                if column == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") }
            },
        )
        .collect();
    println!("{}", line.trim_end());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_have_the_digits_that_mean_something() {
        let told = |millis| seconds(Duration::from_millis(millis));
        assert_eq!(
            [told(4), told(420), told(4_200), told(42_000), told(420_000)],
            ["4.0 ms", "420 ms", "4.20 s", "42.0 s", "420 s"]
        );
        assert_eq!(mebibytes(36 << 20), "36 MiB");
        assert_eq!((times(3.0, 2.0), times(296.0, 2.0)), ("1.5x".into(), "148x".into()));
    }
}
