# How far two coupled features are used
# Draws responses-*.svg from responses.csv: gnuplot responses.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" responses.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'responses.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'responses-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 342))
set title 'Responses'
set xlabel 'z₁'
set ylabel 'z₂'
set lmargin 9
set xrange [5.943403471562642:9.248053776166781]
set xtics ('6' 6.0, '7' 7.0, '8' 8.0, '9' 9.0)
set yrange [1.1540113426114118:1.7388851056750312]
set ytics ('1.2' 1.2000000000000002, '1.4' 1.4000000000000001, '1.6' 1.6)
plot data every ::first('0')::last('0') using (column('x')):(column('y')) with lines lw 1.4 dt 2 lc rgb '#0072b2' title 'predicted, weight decay', \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with points pt 7 ps 0.7 lc rgb '#0072b2' title 'weight decay', \
  data every ::first('2')::last('2') using (column('x')):(column('y')) with points pt 9 ps 0.7 lc rgb '#d55e00' title 'spectral decoupling'
set output
