# What fixed batches do to the frame
# Draws batches-*.svg from batches.csv: gnuplot batches.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" batches.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'batches.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'batches-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 325))
set title 'Five ways of batching'
set xlabel ''
set ylabel 'distance'
set lmargin 9
set xrange [-0.5:5-0.5]
set xtics ('full' 0, 'pairs' 1, 'halves' 2, 'pairs+' 3, 'halves+' 4) scale 0 font tiny
set logscale y
set yrange [2.554033791748665e-17:8.693878900208462]
set ytics ('' 1e-16 1, '10^{−15}' 1e-15, '' 1e-14 1, '' 1e-13 1, '10^{−12}' 1e-12, '' 1e-11 1, '' 1e-10 1, '10^{−9}' 1e-9, '' 1e-8 1, '' 1e-7 1, '10^{−6}' 1e-6, '' 1e-5 1, '' 1e-4 1, '10^{−3}' 1e-3, '' 1e-2 1, '' 1e-1 1, '1' 1e0)
plot data every ::first('0')::last('0') using (column('x')):(column('y')):(0.5) with boxes fs solid 0.6 border lw 0.8 lc rgb '#0072b2' title 'connected', \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with points pt 7 ps 0.7 lc rgb '#0072b2' title 'starts, connected', \
  data every ::first('2')::last('2') using (column('x')):(column('y')):(0.5) with boxes fs solid 0.6 border lw 0.8 lc rgb '#d55e00' title 'apart', \
  data every ::first('3')::last('3') using (column('x')):(column('y')) with points pt 9 ps 0.7 lc rgb '#d55e00' title 'starts, apart'
set output
