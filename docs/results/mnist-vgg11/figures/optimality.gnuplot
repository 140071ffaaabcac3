# Near-optimal loss and collapse
# Draws optimality-*.svg from optimality.csv: gnuplot optimality.gnuplot
set encoding utf8
data = 'optimality.csv'
# The rows of each series, numbered as in the column of that name but from 1.
array first[3] = [0,120,240]
array last[3] = [119,239,359]
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
set xrange [0.02410820340745473:17804.315467638742]
set xtics ('10^{−1}' 1e-1, '1' 1e0, '10' 1e1, '10^{2}' 1e2, '10^{3}' 1e3, '10^{4}' 1e4)
set logscale y
set yrange [0.11787863210440551:1.1261408926809686]
set ytics ('0.2' 0.2, '0.5' 0.5, '1' 1.0)
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
set xrange [0.1746695526670961:1.1080720537472633]
set xtics ('0.2' 0.2, '0.5' 0.5, '1' 1.0)
set logscale y
set yrange [7.895377872682392e-05:1.7069632627387288]
set ytics ('10^{−4}' 1e-4, '10^{−3}' 1e-3, '10^{−2}' 1e-2, '10^{−1}' 1e-1, '1' 1e0)
plot x<1 ? x*(2-x) : 1 with lines dt 2 lw 1.4 lc rgb '#6b7280' title 'bound: 1 − ρ²', \
  data every ::first[1]::last[1] using (column('last')==0 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.18 lc rgb '#0072b2' notitle, \
  data every ::first[1]::last[1] using (column('last')==1 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.75 lc rgb '#0072b2' title 'BN in all layers', \
  data every ::first[2]::last[2] using (column('last')==0 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.18 lc rgb '#009e73' notitle, \
  data every ::first[2]::last[2] using (column('last')==1 ? (column('misalignment')) : NaN):(column('within')) with points pt 5 ps 0.75 lc rgb '#009e73' title 'BN last only', \
  data every ::first[3]::last[3] using (column('last')==0 ? (column('misalignment')) : NaN):(column('within')) with points pt 7 ps 0.18 lc rgb '#d55e00' notitle, \
  data every ::first[3]::last[3] using (column('last')==1 ? (column('misalignment')) : NaN):(column('within')) with points pt 9 ps 0.75 lc rgb '#d55e00' title 'no BN'
set output
