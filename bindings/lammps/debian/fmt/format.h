// Stands for the copy of libfmt that LAMMPS of 2022 carries and that Debian's liblammps-dev leaves out: what its headers name
// and the pair style does not call. SPDX-License-Identifier: MIT
#ifndef EQUIFORMER_LAMMPS_FMT_H
#define EQUIFORMER_LAMMPS_FMT_H

#include <string>

namespace fmt
{
class string_view
{
  public:
    string_view(const char *text);
    string_view(const std::string &text);
};

class format_args
{
};

template <class... Args, class Format, class... Rest>
format_args make_args_checked(const Format &format, Rest &&...rest);
} // namespace fmt

#endif
