# Accuracy on coloured digits by step
# Draws colour-steps-*.svg from colour-steps.csv: gnuplot colour-steps.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" colour-steps.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'colour-steps.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'colour-steps-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 393))
set title 'Colours reversed'
set xlabel 'step'
set ylabel 'accuracy'
set lmargin 9
set xrange [-120.0:2120.0]
set xtics ('0' 0.0, '500' 500.0, '1000' 1000.0, '1500' 1500.0, '2000' 2000.0)
set yrange [0.03205398584165764:1.0554221574746787]
set ytics ('0.5' 0.5, '1.0' 1.0)
plot data every ::first('0')::last('0') using (column('x')):(column('low')):(column('high')) with filledcurves fs transparent solid 0.25 noborder lc rgb '#0072b2' title 'plain, interval', \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#0072b2' title 'plain', \
  data every ::first('2')::last('2') using (column('x')):(column('low')):(column('high')) with filledcurves fs transparent solid 0.25 noborder lc rgb '#d55e00' title 'decoupled, as published, interval', \
  data every ::first('3')::last('3') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#d55e00' title 'decoupled, as published', \
  data every ::first('4')::last('4') using (column('x')):(column('low')):(column('high')) with filledcurves fs transparent solid 0.25 noborder lc rgb '#009e73' title 'decoupled, unscaled, interval', \
  data every ::first('5')::last('5') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#009e73' title 'decoupled, unscaled'

reset
eval(panel('2', 400, 393))
set title 'Trained on'
set xlabel 'step'
set ylabel 'accuracy'
set lmargin 9
set xrange [-120.0:2120.0]
set xtics ('0' 0.0, '500' 500.0, '1000' 1000.0, '1500' 1500.0, '2000' 2000.0)
set yrange [0.03205398584165764:1.0554221574746787]
set ytics ('0.5' 0.5, '1.0' 1.0)
plot data every ::first('6')::last('6') using (column('x')):(column('low')):(column('high')) with filledcurves fs transparent solid 0.25 noborder lc rgb '#0072b2' title 'plain, interval', \
  data every ::first('7')::last('7') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#0072b2' title 'plain', \
  data every ::first('8')::last('8') using (column('x')):(column('low')):(column('high')) with filledcurves fs transparent solid 0.25 noborder lc rgb '#d55e00' title 'decoupled, as published, interval', \
  data every ::first('9')::last('9') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#d55e00' title 'decoupled, as published', \
  data every ::first('10')::last('10') using (column('x')):(column('low')):(column('high')) with filledcurves fs transparent solid 0.25 noborder lc rgb '#009e73' title 'decoupled, unscaled, interval', \
  data every ::first('11')::last('11') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#009e73' title 'decoupled, unscaled'
set output
