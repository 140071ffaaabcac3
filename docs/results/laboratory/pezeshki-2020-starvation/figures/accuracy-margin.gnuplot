# Accuracy on moons of other margins
# Draws accuracy-margin-*.svg from accuracy-margin.csv: gnuplot accuracy-margin.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" accuracy-margin.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'accuracy-margin.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'accuracy-margin-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 393))
set title '1500 steps'
set xlabel 'Δ of the test'
set ylabel 'accuracy'
set lmargin 9
set xrange [-0.21800000000000003:0.11800000000000005]
set xtics ('−0.2' -0.2, '−0.1' -0.1, '0.0' 0.0, '0.1' 0.1)
set yrange [0.9187520202879883:1.0046656222489032]
set ytics ('0.92' 0.92, '0.94' 0.9400000000000001, '0.96' 0.96, '0.98' 0.98, '1.00' 1.0)
plot data every ::first('0')::last('0') using (column('x')):(column('y')) with linespoints lw 1.4 pt 7 ps 0.7 lc rgb '#0072b2' title 'plain', \
  data every ::first('0')::last('0') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#0072b2' notitle, \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with linespoints lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'overlapping moons', \
  data every ::first('1')::last('1') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#d55e00' notitle, \
  data every ::first('2')::last('2') using (column('x')):(column('y')) with linespoints lw 1.4 pt 5 ps 0.7 lc rgb '#009e73' title 'decoupled, κ = 0.003', \
  data every ::first('2')::last('2') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#009e73' notitle, \
  data every ::first('3')::last('3') using (column('x')):(column('y')) with linespoints lw 1.4 pt 13 ps 0.7 lc rgb '#b0578f' title 'decoupled, κ = 0.03', \
  data every ::first('3')::last('3') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#b0578f' notitle, \
  data every ::first('4')::last('4') using (column('x')):(column('y')) with linespoints lw 1.4 pt 15 ps 0.7 lc rgb '#3a9bd1' title 'rate 0.1', \
  data every ::first('4')::last('4') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#3a9bd1' notitle, \
  data every ::first('5')::last('5') using (column('x')):(column('y')) with linespoints lw 1.4 pt 11 ps 0.7 lc rgb '#c98b00' title 'Adam', \
  data every ::first('5')::last('5') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#c98b00' notitle

reset
eval(panel('2', 400, 393))
set title '6000 steps'
set xlabel 'Δ of the test'
set ylabel 'accuracy'
set lmargin 9
set xrange [-0.21800000000000003:0.11800000000000005]
set xtics ('−0.2' -0.2, '−0.1' -0.1, '0.0' 0.0, '0.1' 0.1)
set yrange [0.9187520202879883:1.0046656222489032]
set ytics ('0.92' 0.92, '0.94' 0.9400000000000001, '0.96' 0.96, '0.98' 0.98, '1.00' 1.0)
plot data every ::first('6')::last('6') using (column('x')):(column('y')) with linespoints lw 1.4 pt 7 ps 0.7 lc rgb '#0072b2' title 'plain', \
  data every ::first('6')::last('6') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#0072b2' notitle, \
  data every ::first('7')::last('7') using (column('x')):(column('y')) with linespoints lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'decoupled, κ = 0.003', \
  data every ::first('7')::last('7') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#d55e00' notitle, \
  data every ::first('8')::last('8') using (column('x')):(column('y')) with linespoints lw 1.4 pt 5 ps 0.7 lc rgb '#009e73' title 'decoupled, κ = 0.03', \
  data every ::first('8')::last('8') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#009e73' notitle, \
  data every ::first('9')::last('9') using (column('x')):(column('y')) with linespoints lw 1.4 pt 13 ps 0.7 lc rgb '#b0578f' title 'weight decay 0.01', \
  data every ::first('9')::last('9') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#b0578f' notitle, \
  data every ::first('10')::last('10') using (column('x')):(column('y')) with linespoints lw 1.4 pt 15 ps 0.7 lc rgb '#3a9bd1' title 'slight decay', \
  data every ::first('10')::last('10') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#3a9bd1' notitle, \
  data every ::first('11')::last('11') using (column('x')):(column('y')) with linespoints lw 1.4 pt 11 ps 0.7 lc rgb '#c98b00' title 'slight decay, decoupled, κ = 0.003', \
  data every ::first('11')::last('11') using (column('x')):(column('low')):(0):(column('high') - column('low')) with vectors nohead lw 1 lc rgb '#c98b00' notitle
set output
