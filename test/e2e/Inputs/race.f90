module shared
  integer :: counter = 0
  integer :: turn = 0
contains
  recursive subroutine bump(n) bind(c)
    use iso_c_binding
    integer(c_int), value :: n
    counter = counter + n
  end subroutine
end module
