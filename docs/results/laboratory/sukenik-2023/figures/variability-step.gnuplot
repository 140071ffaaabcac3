# Collapse layer by layer
# Draws variability-step-*.svg from variability-step.csv: gnuplot variability-step.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" variability-step.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'variability-step.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'variability-step-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 325))
set title '2 layers'
set xlabel 'step'
set ylabel 'NC1'
set lmargin 9
set xrange [-165.06000000000017:3644.0600000000004]
set xtics ('0' 0.0, '1000' 1000.0, '2000' 2000.0, '3000' 3000.0)
set logscale y
set yrange [9.726153830585467e-35:3518.6275306826283]
set ytics ('' 1e-34 1, '10^{−33}' 1e-33, '' 1e-32 1, '' 1e-31 1, '' 1e-30 1, '' 1e-29 1, '' 1e-28 1, '10^{−27}' 1e-27, '' 1e-26 1, '' 1e-25 1, '' 1e-24 1, '' 1e-23 1, '' 1e-22 1, '10^{−21}' 1e-21, '' 1e-20 1, '' 1e-19 1, '' 1e-18 1, '' 1e-17 1, '' 1e-16 1, '10^{−15}' 1e-15, '' 1e-14 1, '' 1e-13 1, '' 1e-12 1, '' 1e-11 1, '' 1e-10 1, '10^{−9}' 1e-9, '' 1e-8 1, '' 1e-7 1, '' 1e-6 1, '' 1e-5 1, '' 1e-4 1, '10^{−3}' 1e-3, '' 1e-2 1, '' 1e-1 1, '' 1e0 1, '' 1e1 1, '' 1e2 1, '10^{3}' 1e3)
plot data every ::first('0')::last('0') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#0072b2' title 'features', \
  data every ::first('1')::last('1') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#d55e00' title 'layer 2', \
  data every ::first('2')::last('2') using (column('x')):(column('y')) with lines lw 1.4 dt 2 lc rgb '#c98b00' title 'slope'

reset
eval(panel('2', 400, 325))
set title '3 layers'
set xlabel 'step'
set ylabel 'NC1'
set lmargin 9
set xrange [-165.06000000000017:3644.0600000000004]
set xtics ('0' 0.0, '1000' 1000.0, '2000' 2000.0, '3000' 3000.0)
set logscale y
set yrange [9.726153830585467e-35:3518.6275306826283]
set ytics ('' 1e-34 1, '10^{−33}' 1e-33, '' 1e-32 1, '' 1e-31 1, '' 1e-30 1, '' 1e-29 1, '' 1e-28 1, '10^{−27}' 1e-27, '' 1e-26 1, '' 1e-25 1, '' 1e-24 1, '' 1e-23 1, '' 1e-22 1, '10^{−21}' 1e-21, '' 1e-20 1, '' 1e-19 1, '' 1e-18 1, '' 1e-17 1, '' 1e-16 1, '10^{−15}' 1e-15, '' 1e-14 1, '' 1e-13 1, '' 1e-12 1, '' 1e-11 1, '' 1e-10 1, '10^{−9}' 1e-9, '' 1e-8 1, '' 1e-7 1, '' 1e-6 1, '' 1e-5 1, '' 1e-4 1, '10^{−3}' 1e-3, '' 1e-2 1, '' 1e-1 1, '' 1e0 1, '' 1e1 1, '' 1e2 1, '10^{3}' 1e3)
plot data every ::first('3')::last('3') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#0072b2' title 'features', \
  data every ::first('4')::last('4') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#d55e00' title 'layer 2', \
  data every ::first('5')::last('5') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#009e73' title 'layer 3', \
  data every ::first('6')::last('6') using (column('x')):(column('y')) with lines lw 1.4 dt 2 lc rgb '#c98b00' title 'slope'

reset
eval(panel('3', 400, 325))
set title '4 layers'
set xlabel 'step'
set ylabel 'NC1'
set lmargin 9
set xrange [-165.06000000000017:3644.0600000000004]
set xtics ('0' 0.0, '1000' 1000.0, '2000' 2000.0, '3000' 3000.0)
set logscale y
set yrange [9.726153830585467e-35:3518.6275306826283]
set ytics ('' 1e-34 1, '10^{−33}' 1e-33, '' 1e-32 1, '' 1e-31 1, '' 1e-30 1, '' 1e-29 1, '' 1e-28 1, '10^{−27}' 1e-27, '' 1e-26 1, '' 1e-25 1, '' 1e-24 1, '' 1e-23 1, '' 1e-22 1, '10^{−21}' 1e-21, '' 1e-20 1, '' 1e-19 1, '' 1e-18 1, '' 1e-17 1, '' 1e-16 1, '10^{−15}' 1e-15, '' 1e-14 1, '' 1e-13 1, '' 1e-12 1, '' 1e-11 1, '' 1e-10 1, '10^{−9}' 1e-9, '' 1e-8 1, '' 1e-7 1, '' 1e-6 1, '' 1e-5 1, '' 1e-4 1, '10^{−3}' 1e-3, '' 1e-2 1, '' 1e-1 1, '' 1e0 1, '' 1e1 1, '' 1e2 1, '10^{3}' 1e3)
plot data every ::first('7')::last('7') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#0072b2' title 'features', \
  data every ::first('8')::last('8') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#d55e00' title 'layer 2', \
  data every ::first('9')::last('9') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#009e73' title 'layer 3', \
  data every ::first('10')::last('10') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#b0578f' title 'layer 4', \
  data every ::first('11')::last('11') using (column('x')):(column('y')) with lines lw 1.4 dt 2 lc rgb '#c98b00' title 'slope'

reset
eval(panel('4', 400, 325))
set title '5 layers'
set xlabel 'step'
set ylabel 'NC1'
set lmargin 9
set xrange [-165.06000000000017:3644.0600000000004]
set xtics ('0' 0.0, '1000' 1000.0, '2000' 2000.0, '3000' 3000.0)
set logscale y
set yrange [9.726153830585467e-35:3518.6275306826283]
set ytics ('' 1e-34 1, '10^{−33}' 1e-33, '' 1e-32 1, '' 1e-31 1, '' 1e-30 1, '' 1e-29 1, '' 1e-28 1, '10^{−27}' 1e-27, '' 1e-26 1, '' 1e-25 1, '' 1e-24 1, '' 1e-23 1, '' 1e-22 1, '10^{−21}' 1e-21, '' 1e-20 1, '' 1e-19 1, '' 1e-18 1, '' 1e-17 1, '' 1e-16 1, '10^{−15}' 1e-15, '' 1e-14 1, '' 1e-13 1, '' 1e-12 1, '' 1e-11 1, '' 1e-10 1, '10^{−9}' 1e-9, '' 1e-8 1, '' 1e-7 1, '' 1e-6 1, '' 1e-5 1, '' 1e-4 1, '10^{−3}' 1e-3, '' 1e-2 1, '' 1e-1 1, '' 1e0 1, '' 1e1 1, '' 1e2 1, '10^{3}' 1e3)
plot data every ::first('12')::last('12') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#0072b2' title 'features', \
  data every ::first('13')::last('13') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#d55e00' title 'layer 2', \
  data every ::first('14')::last('14') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#009e73' title 'layer 3', \
  data every ::first('15')::last('15') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#b0578f' title 'layer 4', \
  data every ::first('16')::last('16') using (column('x')):(column('y')) with lines lw 1.4 lc rgb '#3a9bd1' title 'layer 5', \
  data every ::first('17')::last('17') using (column('x')):(column('y')) with lines lw 1.4 dt 2 lc rgb '#c98b00' title 'slope'
set output
