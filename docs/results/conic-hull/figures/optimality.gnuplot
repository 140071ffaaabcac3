# Near-optimal loss and collapse
# Draws optimality-*.svg from optimality.csv: gnuplot optimality.gnuplot
set encoding utf8
data = 'optimality.csv'
# The rows of each series, numbered as in the column of that name but from 1.
array first[3] = [0,660,1320]
array last[3] = [659,1319,1979]
style = 'set datafile separator comma; set datafile columnheaders; set minussign; set border 3 lw 0.8; set tics nomirror out scale 0.6; set xtics offset 0,0.35; set grid back lt 1 lc rgb ''#e2e5ea'' lw 0.6; set title offset 0,-0.6; set xlabel offset 0,1; set ylabel offset 0.8,0; set lmargin 7.5; set tmargin 2; set rmargin 2; set key bottom outside center horizontal Left reverse samplen 1.4 width -1 height 1.2 font '',12'''

reset
set terminal svg size 400,325 enhanced standalone font 'sans-serif,13' background 'white'
set output 'optimality-loss.svg'
eval(style)
set title 'Spread of directions against the loss'
set xlabel 'log (loss / optimal loss)'
set lmargin 9
set ylabel '1 − minimum intra-class cosine'
set samples 300
set key maxrows 2
set logscale x
set xrange [1.656375936974273e-13:320.0111205687515]
set xtics ('' 1e-12 1, '' 1e-11 1, '10^{−10}' 1e-10, '' 1e-9 1, '' 1e-8 1, '10^{−7}' 1e-7, '' 1e-6 1, '' 1e-5 1, '10^{−4}' 1e-4, '' 1e-3 1, '' 1e-2 1, '10^{−1}' 1e-1, '' 1e0 1, '' 1e1 1, '10^{2}' 1e2)
set logscale y
set yrange [0.037165419241737704:1.201197723970287]
set ytics ('10^{−1}' 1e-1, '1' 1e0)
plot data every ::first[1]::last[1] using (column('last')==0 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 7 ps 0.18 lc rgb '#0072b2' notitle, \
  data every ::first[1]::last[1] using (column('last')==1 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 7 ps 0.75 lc rgb '#0072b2' title 'BN in all layers', \
  data every ::first[2]::last[2] using (column('last')==0 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 7 ps 0.18 lc rgb '#009e73' notitle, \
  data every ::first[2]::last[2] using (column('last')==1 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 5 ps 0.75 lc rgb '#009e73' title 'BN last only', \
  data every ::first[3]::last[3] using (column('last')==0 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 7 ps 0.18 lc rgb '#d55e00' notitle, \
  data every ::first[3]::last[3] using (column('last')==1 ? (column('log_ratio')) : NaN):(column('deficit')) with points pt 9 ps 0.75 lc rgb '#d55e00' title 'no BN'

reset
set terminal svg size 400,325 enhanced standalone font 'sans-serif,13' background 'white'
set output 'optimality-certificate.svg'
eval(style)
set title 'Within-class share of the norm and its bound'
set xlabel '1 − alignment ρ'
set lmargin 9
set ylabel 'within-class share of the norm'
set samples 300
set key maxrows 2
set logscale x
set xrange [0.021877987845414445:1.2426753494191218]
set xtics ('10^{−1}' 1e-1, '1' 1e0)
set logscale y
set yrange [2.1069927035190166e-25:24.93295715072537]
set ytics ('' 1e-24 1, '10^{−23}' 1e-23, '' 1e-22 1, '' 1e-21 1, '' 1e-20 1, '10^{−19}' 1e-19, '' 1e-18 1, '' 1e-17 1, '' 1e-16 1, '10^{−15}' 1e-15, '' 1e-14 1, '' 1e-13 1, '' 1e-12 1, '10^{−11}' 1e-11, '' 1e-10 1, '' 1e-9 1, '' 1e-8 1, '10^{−7}' 1e-7, '' 1e-6 1, '' 1e-5 1, '' 1e-4 1, '10^{−3}' 1e-3, '' 1e-2 1, '' 1e-1 1, '' 1e0 1, '10' 1e1)
plot x<1 ? x*(2-x) : 1 with lines dt 2 lw 1.4 lc rgb '#6b7280' title 'bound: 1 − ρ²', \
  data every ::first[1]::last[1] using (column('last')==0 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.18 lc rgb '#0072b2' notitle, \
  data every ::first[1]::last[1] using (column('last')==1 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.75 lc rgb '#0072b2' title 'BN in all layers', \
  data every ::first[2]::last[2] using (column('last')==0 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.18 lc rgb '#009e73' notitle, \
  data every ::first[2]::last[2] using (column('last')==1 ? (column('misalignment')) : NaN):(column('within')) with points pt 5 ps 0.75 lc rgb '#009e73' title 'BN last only', \
  data every ::first[3]::last[3] using (column('last')==0 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.18 lc rgb '#d55e00' notitle, \
  data every ::first[3]::last[3] using (column('last')==1 ? (column('misalignment')) : NaN):(column('within')) with points pt 9 ps 0.75 lc rgb '#d55e00' title 'no BN'
set output
