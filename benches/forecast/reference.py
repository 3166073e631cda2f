"""Writes the tables that crates/forecast is tested against, with 60 digits of mpmath.

    VENV/bin/python benches/forecast/reference.py crates/forecast/tests/it/tables

Needs mpmath alone. The integrals are worked out in another way than in the crate: by the 2F1 and the
incomplete gamma function of the papers, or by quadrature where mpmath's 2F1 does not settle.
"""
import sys
from pathlib import Path
from mpmath import mp, mpf, loggamma, digamma, log, beta, hyp2f1, quad, expint, exp, inf, nstr, linspace

mp.dps = 60


def write(folder, name, header, rows):
    text = header + "\n" + "".join(",".join(map(str, row)) + "\n" for row in rows)
    (folder / name).write_text(text)


def show(value):
    return nstr(value, 20)


def gammas():
    points = ["1e-9", "1e-4", "0.1", "0.2426", "0.5", "0.999999999", "1", "1.000000001", "1.5", "2", "2.000000001",
              "3.25", "9.99", "10", "11.999", "12", "55.5", "171.7", "1000.25", "20000.553", "1e6", "1e12"]
    for y in points:
        y = float(y)
        yield "ln_gamma", y, 0, show(loggamma(mpf(y)))
        yield "digamma", y, 0, show(digamma(mpf(y)))
    for a in ["1e-6", "0.2426", "1", "2.426", "77.7", "20000"]:
        for b in ["1e-6", "0.793", "1", "13.3", "1234.5", "20000", "1e7"]:
            a_, b_ = mpf(float(a)), mpf(float(b))
            yield "ln_beta", float(a), float(b), show(log(beta(a_, b_)) if b_ < 1e6 else loggamma(a_) + loggamma(b_) - loggamma(a_ + b_))
            yield "ln_rising", float(a), float(b), show(loggamma(a_ + b_) - loggamma(a_))
    for s in ["1e-3", "0.606", "0.999999999", "1", "1.000000001", "2.5", "40", "1000"]:
        for z in ["1e-9", "1e-3", "0.05", "0.9", "1", "1.1", "9.5", "700", "1e5"]:
            s_, z_ = mpf(float(s)), mpf(float(z))
            yield "exponential_integral", float(s), float(z), show(exp(z_) * expint(s_, z_))


def tail(alpha, beta_, p, q, t):
    big, small, v = (alpha, beta_, q) if alpha >= beta_ else (beta_, alpha, p)
    n = p + q - 1
    z = (big - small) / (big + t)
    return hyp2f1(n, v, n + 1, z) / n / (big + t) ** n


def between(alpha, beta_, p, q, t_x, age):
    if age - t_x < mpf("1e-3") * (age + 1):
        f = lambda u: (alpha + u) ** -p * (beta_ + u) ** -q
        return quad(f, linspace(t_x, age, 5))
    mp.dps = 120
    result = tail(alpha, beta_, p, q, t_x) - tail(alpha, beta_, p, q, age)
    mp.dps = 60
    return +result


PARETO = [(0.553, 10.58, 0.606, 11.67), (0.01, 0.5, 0.02, 400.0), (3.0, 1000.0, 0.9, 0.05), (0.4, 0.02, 1.0, 70.0),
          (12.0, 8.0, 5.0, 8.0), (1.0, 1.0, 1.000000001, 1.0000001), (0.3, 5000.0, 1e-3, 1.0), (40.0, 30.0, 200.0, 5000.0)]
HISTORIES = [(0, 0.0, 38.857), (0, 0.0, 0.142857), (1, 0.142857, 38.857), (1, 30.4286, 38.8571), (2, 38.857, 38.857),
             (2, 38.85, 38.857), (2, 38.857 - 1e-9, 38.857), (26, 30.7142, 31.0), (221, 103.43, 103.57), (300, 0.5, 38.857),
             (2000, 38.0, 39.0), (20000, 38.0, 39.0), (20000, 0.142857, 39.0), (20000, 38.999999, 39.0)]


def pareto(r, alpha, s, beta_, x, t_x, age):
    """The logarithm of the likelihood: equation (18) of Fader & Hardie's note, as an integral."""
    r, alpha, s, beta_, t_x, age = map(mpf, (r, alpha, s, beta_, t_x, age))
    front = loggamma(r + x) - loggamma(r) + r * log(alpha) + s * log(beta_)
    alive = -(r + x) * log(alpha + age) - s * log(beta_ + age)
    if t_x == age:
        return front + alive, alive - alive
    gone = log(s) + log(between(alpha, beta_, r + x, s + 1, t_x, age))
    return front + alive + log(1 + exp(gone - alive)), -log(1 + exp(gone - alive))


def paretos():
    for r, alpha, s, beta_ in PARETO:
        for x, t_x, age in HISTORIES:
            ln, alive = pareto(r, alpha, s, beta_, x, t_x, age)
            yield r, alpha, s, beta_, x, repr(t_x), age, show(ln), show(alive)


BETA_GEOMETRIC = [(0.2426, 4.414, 0.793, 2.426), (0.01, 0.5, 0.02, 4.0), (3.0, 1000.0, 1.0, 0.5), (0.4, 0.02, 1.000000001, 70.0),
                  (12.0, 8.0, 0.3, 0.7), (1.0, 1.0, 50.0, 3.0), (0.3, 50.0, 0.999999, 1e-3)]
HORIZONS = [0.142857, 39.0, 5000.0]


def still(a, b, rate, age, t):
    """What a living customer buys in t: p ~ Beta(a, b), lambda ~ Gamma(rate, age); (1 - e^(-lambda p t)) / p."""
    a, b, rate, age, t = map(mpf, (a, b, rate, age, t))
    if abs(a - 1) < mpf("1e-30"):
        a += mpf("1e-40")
    mp.dps = 150
    z = t / (age + t)
    if abs(a + b - 1) < mpf("1e-30"):
        a += mpf("1e-60")
    value = (a + b - 1) / (a - 1) * (1 - (1 - z) ** rate * hyp2f1(rate, b, a + b - 1, z))
    mp.dps = 60
    return +value


def stills():
    for r, alpha, a, b in BETA_GEOMETRIC:
        for x, _, age in HISTORIES[:2] + HISTORIES[7:10]:
            for t in HORIZONS:
                yield a, b + x, r + x, alpha + age, t, show(still(mpf(a), mpf(b) + x, mpf(r) + x, mpf(alpha) + mpf(age), t))


RATES = [0.0018, 0.1]
# Those who hardly leave are few, and most of what is to come is theirs.
LASTING = [((0.739, 0.2534, 1.0, 1.0034), 2, 0.1509), ((5.0, 0.02, 0.9, 1.5), 0, 0.142857), ((0.3, 0.02, 1.7, 0.4), 1, 0.5)]


def worth(density, rate, horizon):
    """The present value of what comes at a rate that changes with time."""
    end = horizon if horizon else 60 / rate
    mp.dps = 25
    value = quad(lambda u: density(u) * exp(-rate * u), [0] + [end * mpf(2) ** -k for k in range(12, -1, -1)])
    mp.dps = 60
    return value


def presents():
    """Of a living customer: BG/NBD by 2F1 for the mean rate at each time, Pareto/NBD by the chance to be there."""
    for parameters in BETA_GEOMETRIC:
        r, alpha, a, b = map(mpf, parameters)
        for x, _, age in [HISTORIES[0], HISTORIES[7]]:
            rate_of = lambda u: (r + x) / (alpha + age) * hyp2f1(r + x + 1, a, a + b + x, -u / (alpha + age))
            for rate in RATES:
                for horizon in [39.0, 0]:
                    yield "bg", *parameters, x, age, rate, horizon, nstr(worth(rate_of, mpf(rate), horizon), 16)
    for parameters, x, age in LASTING:
        r, alpha, a, b = map(mpf, parameters)
        at = alpha + mpf(age)
        rate_of = lambda u: (r + x) / at * hyp2f1(r + x + 1, a, a + b + x, -u / at)
        for rate in RATES:
            yield "bg", *parameters, x, age, rate, 0, nstr(worth(rate_of, mpf(rate), 0), 16)
    for parameters in PARETO:
        r, alpha, s, beta_ = map(mpf, parameters)
        for x, _, age in [HISTORIES[0], HISTORIES[7]]:
            rate_of = lambda u: (r + x) / (alpha + age) * ((beta_ + age) / (beta_ + age + u)) ** s
            for rate in RATES:
                for horizon in [39.0, 0]:
                    yield "pareto", *parameters, x, age, rate, horizon, nstr(worth(rate_of, mpf(rate), horizon), 16)


DONORS = [(1.204, 0.750, 0.657, 2.783), (0.02, 3.0, 0.4, 0.9), (40.0, 4000.0, 1.0, 300.0), (1e-6, 1e-6, 1e-6, 1e3), (5e3, 20.0, 2.0, 1e-3)]


def donated(alpha, beta_, gamma, delta, x, t_x, n, count, periods):
    """By the period in which she leaves, as equation (12) has it: beta-binomial within so many periods lived."""
    live = lambda seen, leaves: beta(alpha + x, beta_ + seen - x) * beta(gamma + leaves, delta + seen)
    stayed = live(n, 0)
    stayed /= stayed + sum(live(seen, 1) for seen in range(t_x, n))
    a, b = alpha + x, beta_ + n - x

    def reaches(lived):
        term, found = mp.rf(b, lived) / mp.rf(a + b, lived), mpf(0)
        for number in range(lived + 1):
            found += term if number >= count else 0
            term *= mpf(lived - number) / (number + 1) * (a + number) / (b + lived - number - 1)
        return found

    front = beta(gamma, delta + n)
    leaves = sum(beta(gamma + 1, delta + n + lived) * reaches(lived) for lived in range(count, periods))
    return stayed * (leaves + beta(gamma, delta + n + periods) * reaches(periods)) / front


def binomial_ends(count, stays):
    """The ends nearest to 5 of 100 cases left out below and above, or 10 above where none can be below."""
    chances, term = [], (1 - stays) ** count
    for number in range(count + 1):
        chances.append(term)
        term *= mpf(count - number) / (number + 1) * stays / (1 - stays)
    below = [mpf(0)]
    for chance in chances:
        below.append(below[-1] + chance)
    none_below = 1 - chances[0] < mpf("0.95")
    tail = mpf("0.1") if none_below else mpf("0.05")
    high = min(range(count + 1), key=lambda end: abs(1 - below[end + 1] - tail))
    low = 0 if none_below else min(range(count + 1), key=lambda end: abs(below[end] - tail))
    return low, high


def periods():
    for parameters in DONORS:
        for x, t_x, n in [(0, 0, 6), (3, 5, 6), (6, 6, 6), (0, 0, 0), (40, 90, 100)]:
            for count, ahead in [(1, 1), (1, 10), (4, 10), (10, 10), (60, 150)]:
                value = donated(*map(mpf, parameters), x, t_x, n, count, ahead)
                yield "bgbb", *parameters, x, t_x, n, count, ahead, show(value)
    for alpha, beta_ in [(0.668, 3.806), (0.02, 0.3), (30.0, 200.0)]:
        for contracts, renewals, ahead in [(1, 0, 1), (7, 3, 2), (491, 7, 5), (3000, 1, 40)]:
            a, b = mpf(alpha), mpf(beta_) + renewals
            ends = binomial_ends(contracts, mp.rf(b, ahead) / mp.rf(a + b, ahead))
            for name, end in zip(["low", "high"], ends):
                yield name, alpha, beta_, "", "", contracts, renewals, "", "", ahead, end


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    write(folder, "present.csv", "model,r,alpha,a or s,b or beta,x,age,rate,horizon,value", presents())
    write(folder, "periods.csv", "model,alpha,beta,gamma,delta,x or contracts,t_x or renewals,n,count,periods,chance or end", periods())
    write(folder, "special.csv", "function,first,second,value", gammas())
    write(folder, "pareto_nbd.csv", "r,alpha,s,beta,x,t_x,age,ln_likelihood,ln_alive", paretos())
    write(folder, "beta_geometric.csv", "a,b,rate,age,horizon,purchases", stills())
