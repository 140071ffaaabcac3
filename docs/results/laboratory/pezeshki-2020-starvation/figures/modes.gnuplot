# Responses by modes of the tangent kernel
# Draws modes-*.svg from modes.csv: gnuplot modes.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" modes.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'modes.csv'
set datafile separator comma
set datafile columnheaders
# The rows of each series: those with its number in the column 'series', next to each other.
series = ''; previous = ''
see(name, row) = (name eq previous ? (end = row) : (series = series . (previous eq '' ? '' : sprintf('%d ', end)) . sprintf('%s %d ', name, row), previous = name, end = row), 0)
stats data using (see(strcol('series'), int(column(0)))) nooutput
series = series . sprintf('%d', end)
place(name) = (sum [i = 1 : words(series) / 3] (word(series, 3 * i - 2) eq name ? i : 0))
do for [i = 1 : words(series) / 3] { if (place(word(series, 3 * i - 2)) != i) { print 'the rows of series '.word(series, 3 * i - 2).' stand apart: sort '.data." by its column 'series'"; exit status 1 } }
# A series without rows is left out.
first(name) = place(name) ? int(word(series, 3 * place(name) - 1)) : 1000000000
last(name) = place(name) ? int(word(series, 3 * place(name))) : 1000000000
style = 'set datafile separator comma; set datafile columnheaders; set minussign; set border 3 lw 0.8; set tics nomirror out scale 0.6; set xtics offset 0,0.35; set grid back lt 1 lc rgb ''#e2e5ea'' lw 0.6; set title offset 0,-0.6 font small; set xlabel offset 0,1; set ylabel offset 0.8,0; set lmargin 7.5; set tmargin 2; set rmargin 2; set key bottom outside center horizontal Left reverse samplen 1.4 width -1 height 1.2 font small'
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'modes-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 325))
set title '6000 steps'
set xlabel 'mode'
set ylabel '|Uᵀŷ|'
set lmargin 9
set xrange [0.4599999999999991:10.540000000000001]
set xtics ('5' 5.0, '10' 10.0)
set logscale y
set yrange [0.3524852189139277:294.09649810957507]
set ytics ('0.5' 0.5, '1' 1.0, '2' 2.0, '5' 5.0, '10' 10.0, '20' 20.0, '50' 50.0, '100' 100.0, '200' 200.0)
plot data every ::first('0')::last('0') using (column('x')):(column('y')) with linespoints lw 1.4 pt 7 ps 0.7 lc rgb '#0072b2' title 'slight decay', \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with linespoints lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'slight decay, decoupled'
set output
