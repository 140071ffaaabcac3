# The kernel of a step by nodes along it
# Draws nodes-*.svg from nodes.csv: gnuplot nodes.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" nodes.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'nodes.csv'
set datafile separator comma
set datafile columnheaders
# The rows of each series: those with its number in the column 'series', next to each other.
series = ''; previous = ''
see(name, row) = (name eq previous ? (end = row) : (series = series . (previous eq '' ? '' : sprintf('%d ', end)) . sprintf('%s %d ', name, row), previous = name, end = row), 0)
stats data using (see(strcol('series'), int(column(0)))) nooutput
series = series . sprintf('%d', end)
place(name) = (sum [i = 0 : words(series) / 3 - 1] (word(series, 3 * i + 1) eq name ? i : 0))
first(name) = int(word(series, 3 * place(name) + 2))
last(name) = int(word(series, 3 * place(name) + 3))
style = 'set datafile separator comma; set datafile columnheaders; set minussign; set border 3 lw 0.8; set tics nomirror out scale 0.6; set xtics offset 0,0.35; set grid back lt 1 lc rgb ''#e2e5ea'' lw 0.6; set title offset 0,-0.6 font small; set xlabel offset 0,1; set ylabel offset 0.8,0; set lmargin 7.5; set tmargin 2; set rmargin 2; set key bottom outside center horizontal Left reverse samplen 1.4 width -1 height 1.2 font small'
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'nodes-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 325))
set title '2 layers'
set xlabel 'nodes'
set ylabel 'relative error'
set lmargin 9
set xrange [0.5799999999999996:8.42]
set xtics ('2' 2.0, '4' 4.0, '6' 6.0, '8' 8.0)
set logscale y
set yrange [1.3621148757720366e-17:0.10237445596006724]
set ytics ('10^{−16}' 1e-16, '' 1e-15 1, '' 1e-14 1, '10^{−13}' 1e-13, '' 1e-12 1, '' 1e-11 1, '10^{−10}' 1e-10, '' 1e-9 1, '' 1e-8 1, '10^{−7}' 1e-7, '' 1e-6 1, '' 1e-5 1, '10^{−4}' 1e-4, '' 1e-3 1, '' 1e-2 1, '10^{−1}' 1e-1)
plot data every ::first('0')::last('0') using (column('x')):(column('y')) with linespoints lw 1.4 pt 7 ps 0.7 lc rgb '#0072b2' title 'square', \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with linespoints lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'tanh', \
  data every ::first('2')::last('2') using (column('x')):(column('y')) with linespoints lw 1.4 pt 5 ps 0.7 lc rgb '#009e73' title 'softplus', \
  data every ::first('3')::last('3') using (column('x')):(column('y')) with linespoints lw 1.4 pt 13 ps 0.7 lc rgb '#b0578f' title 'relu'

reset
eval(panel('2', 400, 325))
set title '3 layers'
set xlabel 'nodes'
set ylabel 'relative error'
set lmargin 9
set xrange [0.5799999999999996:8.42]
set xtics ('2' 2.0, '4' 4.0, '6' 6.0, '8' 8.0)
set logscale y
set yrange [1.3621148757720366e-17:0.10237445596006724]
set ytics ('10^{−16}' 1e-16, '' 1e-15 1, '' 1e-14 1, '10^{−13}' 1e-13, '' 1e-12 1, '' 1e-11 1, '10^{−10}' 1e-10, '' 1e-9 1, '' 1e-8 1, '10^{−7}' 1e-7, '' 1e-6 1, '' 1e-5 1, '10^{−4}' 1e-4, '' 1e-3 1, '' 1e-2 1, '10^{−1}' 1e-1)
plot data every ::first('4')::last('4') using (column('x')):(column('y')) with linespoints lw 1.4 pt 7 ps 0.7 lc rgb '#0072b2' title 'square', \
  data every ::first('5')::last('5') using (column('x')):(column('y')) with linespoints lw 1.4 pt 9 ps 0.7 lc rgb '#d55e00' title 'tanh', \
  data every ::first('6')::last('6') using (column('x')):(column('y')) with linespoints lw 1.4 pt 5 ps 0.7 lc rgb '#009e73' title 'softplus', \
  data every ::first('7')::last('7') using (column('x')):(column('y')) with linespoints lw 1.4 pt 13 ps 0.7 lc rgb '#b0578f' title 'relu'
set output
