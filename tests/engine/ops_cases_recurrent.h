// Cases of ops_test.cpp: rnn, lstm and gru over short sequences. Included by ops_test.cpp after Case; the reference is the
// kernels' (kernels/reference/recurrent.h), which tests/golden holds against PyTorch.
#pragma once

inline void add_recurrent_cases(std::vector<Case>& all) {
  using kernels::Cell;
  struct Row {
    OpId op;
    Cell cell;
    const char* name;
  };
  constexpr int batch = 2, steps = 3, inputs = 4, hidden = 5;
  for (const Row& row : {Row{OpId::rnn, Cell::rnn_tanh, "rnn"}, Row{OpId::rnn, Cell::rnn_relu, "rnn, relu"}, Row{OpId::lstm, Cell::lstm, "lstm"}, Row{OpId::gru, Cell::gru, "gru"}})
    for (bool reverse : {false, true})
      for (bool bias : {false, true})
        for (bool states : {false, true}) {
          const int64_t gates = kernels::recurrent_gates(row.cell), wide = gates * hidden;
          std::vector<Input> in = {{{batch, steps, inputs}}, {{wide, inputs}, false, 0, 0, -0.7, 0.7}, {{wide, hidden}, false, 0, 0, -0.7, 0.7}};
          if (bias) in.insert(in.end(), 2, {{wide}, false});
          if (states) in.insert(in.end(), row.cell == Cell::lstm ? 2 : 1, {{batch, hidden}});
          if (row.cell == Cell::rnn_relu)  // above the kink, where differences mean something; the kernels' test goes below
            for (Input& i : in) i.lo = 0.05, i.hi = 0.5;
          std::vector<double> attrs = {static_cast<double>(reverse), static_cast<double>(bias), row.cell == Cell::rnn_relu ? 1.0 : 0.0};
          all.push_back({row.op, std::string(row.name) + (reverse ? ", reverse" : "") + (bias ? ", biases" : "") + (states ? ", initial states" : ""), in, attrs, true,
                         [=](const Values& v) {
                           std::vector<double> h(batch * steps * hidden), g(static_cast<size_t>(gates) * h.size()), c(h), kept(h);
                           const size_t h0 = bias ? 5 : 3;
                           const bool cell_state = states && row.cell == Cell::lstm;
                           reference::recurrent_forward<double>({row.cell, {batch, steps, inputs, hidden}, reverse, v[0].data(), v[1].data(), v[2].data(), bias ? v[3].data() : nullptr,
                                                                 bias ? v[4].data() : nullptr, states ? v[h0].data() : nullptr, cell_state ? v[h0 + 1].data() : nullptr, h.data(), g.data(), c.data(),
                                                                 kept.data(), nullptr});
                           Values out = {h};
                           if (gates > 1) out.push_back(g);
                           if (row.cell == Cell::lstm) out.push_back(c);
                           return out;
                         }});
        }
}
