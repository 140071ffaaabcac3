# Eigenvalues of the Hessian
# Draws curvature-*.svg from curvature.csv: gnuplot curvature.gnuplot
# For a paper: gnuplot -e "terminal = 'pdfcairo enhanced'; extension = 'pdf'; scale = 1.0/96; fontsize = 9" curvature.gnuplot
set encoding utf8
if (!exists('terminal')) terminal = "svg enhanced standalone background 'white'"
if (!exists('extension')) extension = 'svg'
if (!exists('scale')) scale = 1.0  # of 96 pixels to the inch
if (!exists('typeface')) typeface = 'sans-serif'
if (!exists('fontsize')) fontsize = 13.0
small = sprintf(',%g', fontsize * 12 / 13)
tiny = sprintf(',%g', fontsize * 10 / 13)
minute = sprintf(',%g', fontsize * 8 / 13)
data = 'curvature.csv'
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
panel(name, width, height) = sprintf("set terminal %s size %g,%g font '%s,%g'; set output 'curvature-%s.%s'; ", terminal, scale * width, scale * height, typeface, fontsize, name, extension) . style

reset
eval(panel('1', 400, 325))
set title 'λ = 0, no BN'."\n".'Eigenvalues of the Hessian'
set tmargin 3.2
set xlabel 'epoch'
set ylabel 'size'
set lmargin 9
set logscale x
set xrange [0.22458085180241724:422.4239468488394]
set xtics ('0' 0.31622776601683794, '1' 1.0, '2' 2.0, '5' 5.0, '10' 10.0, '20' 20.0, '50' 50.0, '100' 100.0, '200' 200.0)
set logscale y
set yrange [1.887692568517401e-05:36.536759229684506]
set ytics ('10^{−4}' 1e-4, '10^{−3}' 1e-3, '10^{−2}' 1e-2, '10^{−1}' 1e-1, '1' 1e0, '10' 1e1)
plot data every ::first('0')::last('0') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#440154' notitle, \
  data every ::first('1')::last('1') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#440154' notitle, \
  data every ::first('2')::last('2') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#471e6f' notitle, \
  data every ::first('3')::last('3') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#471e6f' notitle, \
  data every ::first('4')::last('4') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#433880' notitle, \
  data every ::first('5')::last('5') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#433880' notitle, \
  data every ::first('6')::last('6') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#3b508a' notitle, \
  data every ::first('7')::last('7') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#32668e' notitle, \
  data every ::first('8')::last('8') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#32668e' notitle, \
  data every ::first('9')::last('9') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2a7a8e' notitle, \
  data every ::first('10')::last('10') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2a7a8e' notitle, \
  data every ::first('11')::last('11') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#238e8c' notitle, \
  data every ::first('12')::last('12') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#238e8c' notitle, \
  data every ::first('13')::last('13') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#22a287' notitle, \
  data every ::first('14')::last('14') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2ea470' notitle, \
  data every ::first('15')::last('15') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2ea470' notitle, \
  data every ::first('16')::last('16') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#49a454' notitle, \
  data every ::first('17')::last('17') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#49a454' notitle, \
  data every ::first('18')::last('18') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#68a238' notitle, \
  data every ::first('19')::last('19') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#849e1e' notitle, \
  data every ::first('20')::last('20') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#6b7280' dt 2 notitle

reset
eval(panel('2', 400, 325))
set title 'λ = 0.005, no BN'."\n".'Eigenvalues of the Hessian'
set tmargin 3.2
set xlabel 'epoch'
set ylabel 'size'
set lmargin 9
set logscale x
set xrange [0.22458085180241724:422.4239468488394]
set xtics ('0' 0.31622776601683794, '1' 1.0, '2' 2.0, '5' 5.0, '10' 10.0, '20' 20.0, '50' 50.0, '100' 100.0, '200' 200.0)
set logscale y
set yrange [1.887692568517401e-05:36.536759229684506]
set ytics ('10^{−4}' 1e-4, '10^{−3}' 1e-3, '10^{−2}' 1e-2, '10^{−1}' 1e-1, '1' 1e0, '10' 1e1)
plot data every ::first('21')::last('21') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#440154' notitle, \
  data every ::first('22')::last('22') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#440154' notitle, \
  data every ::first('23')::last('23') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#471e6f' notitle, \
  data every ::first('24')::last('24') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#471e6f' notitle, \
  data every ::first('25')::last('25') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#433880' notitle, \
  data every ::first('26')::last('26') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#433880' notitle, \
  data every ::first('27')::last('27') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#3b508a' notitle, \
  data every ::first('28')::last('28') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#32668e' notitle, \
  data every ::first('29')::last('29') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#32668e' notitle, \
  data every ::first('30')::last('30') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2a7a8e' notitle, \
  data every ::first('31')::last('31') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2a7a8e' notitle, \
  data every ::first('32')::last('32') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#238e8c' notitle, \
  data every ::first('33')::last('33') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#238e8c' notitle, \
  data every ::first('34')::last('34') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#22a287' notitle, \
  data every ::first('35')::last('35') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2ea470' notitle, \
  data every ::first('36')::last('36') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#2ea470' notitle, \
  data every ::first('37')::last('37') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#49a454' notitle, \
  data every ::first('38')::last('38') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#49a454' notitle, \
  data every ::first('39')::last('39') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#68a238' notitle, \
  data every ::first('40')::last('40') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#849e1e' notitle, \
  data every ::first('41')::last('41') using (column('x')):(column('y')):(column('bound')) with yerrorlines pt 7 ps 0.3 lw 1.2 lc rgb '#6b7280' dt 2 notitle
set output
