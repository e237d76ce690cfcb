# Makes of schema.sql the elements of an array of C strings, a line each (one literal would be longer than C allows).
s/[\\"]/\\&/g
s/.*/"&\\n",/
